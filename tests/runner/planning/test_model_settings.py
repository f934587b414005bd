"""Hyperparameters that a notebook does not show are stated under `settings` and checked like all others."""

import pytest

from textlab.runner.planning.grid import Grid
from textlab.runner.planning.notebook import read_notebook
from textlab.runner.planning.plan import plan, read_setting

PARAMETERS = """dataset: str = "airline"  # name of the dataset
C: float = 0.0  # strength
primary_metric: str = "macro_recall"  # metric that decides
seed: int = 0  # random seed
settings: dict = {}  # further hyperparameters"""


@pytest.fixture(autouse=True)
def path(notebooks):
    return notebooks("10_x", parameters=PARAMETERS, model="logistic_regression")


def planned(overrides=None, **entry):
    grid = Grid.model_validate({"name": "demo", "dataset": "airline", "runs": [{"notebook": "10_x", **entry}]})
    return plan(grid, settings=overrides)


def test_settings_are_injected_as_one_dictionary():
    (cell,) = planned(parameters={"C": 2}, settings={"features": "word", "minimum_count": 3}).cells
    assert cell.label == "x C=2 features=word minimum_count=3"
    injected = cell.notebook.injected_parameters(cell.parameters)
    assert injected["settings"] == {"features": "word", "minimum_count": 3}
    assert injected.keys() == {"dataset", "primary_metric", "seed", "C", "settings"}


def test_cell_without_settings_is_injected_none():
    (cell,) = planned(parameters={"C": 2}).cells
    assert cell.notebook.injected_parameters(cell.parameters) == dict(cell.parameters)
    assert "settings" not in cell.parameters


def test_metric_of_the_grid_reaches_a_notebook_that_does_not_show_it(notebooks):
    hidden = PARAMETERS.replace('primary_metric: str = "macro_recall"  # metric that decides\n', "")
    notebooks("10_x", parameters=hidden, model="logistic_regression")
    (cell,) = planned().cells
    assert cell.notebook.injected_parameters(cell.parameters)["settings"] == {"primary_metric": "macro_recall"}


def test_list_of_settings_is_a_dimension_of_the_grid():
    cells = planned(settings={"features": ["word", "char"], "minimum_count": 3}).cells
    assert [cell.parameters["features"] for cell in cells] == ["word", "char"]


def test_setting_can_be_overridden_and_searched():
    (cell,) = planned(dict([read_setting("features=char")]), settings={"features": "word"}).cells
    assert cell.parameters["features"] == "char"
    (search,) = planned(search={"trials": 3, "parameters": {"minimum_count": {"low": 1, "high": 5}}}).searches
    trial = search.cell({"minimum_count": 4})
    assert trial.notebook.injected_parameters(trial.parameters)["settings"] == {"minimum_count": 4}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"settings": {"featurs": "word"}}, r"Notebook '10_x' has no setting 'featurs'\. Did you mean 'features'"),
        ({"settings": {"C": 1}}, r"Notebook '10_x' shows the parameter 'C'\. State it under 'parameters'\."),
        ({"parameters": {"features": "word"}}, r"does not show the parameter 'features'\. State it under 'settings'\."),
        ({"settings": {"minimum_count": "many"}}, r"minimum_count is 'many' \(str\)"),
        ({"settings": {"minimum_count": [1, 0]}}, r"minimum_count is 0\. It must be at least 1 or auto\."),
        ({"settings": {"features": "words"}}, r"Unknown features 'words'\. Did you mean 'word'"),
        ({"parameters": {"C": -1}}, r"Notebook '10_x': C is -1\. It must be at least 0\."),
        (
            {"parameters": {"settings": {"features": "word"}}},
            r"Write 'settings' beside 'parameters'\. It takes: ",
        ),
        (
            {"search": {"trials": 3, "parameters": {"minimum_count": {"low": 0, "high": 5}}}},
            r"minimum_count is 0\. It must be at least 1 or auto\.",
        ),
        (
            {"settings": {"minimum_count": 1}, "search": {"trials": 3, "parameters": {"minimum_count": [1, 2]}}},
            "'minimum_count' is searched and also has a value",
        ),
    ],
)
def test_wrong_setting_is_refused_before_anything_starts(entry, message):
    with pytest.raises(ValueError, match=message):
        planned(**entry)


def test_notebook_that_names_no_model_has_no_settings(notebooks):
    notebook = read_notebook(notebooks("20_y", parameters=PARAMETERS))
    assert notebook.settings == {}
    assert "settings" in notebook.all_parameters


def test_setting_cannot_refer_to_another_entry():
    with pytest.raises(ValueError, match=r"'minimum_count' is \{'from': 'other'\} \(dict\); expected int"):
        planned(settings={"minimum_count": {"from": "other"}})


def test_value_on_the_command_line_that_is_nested_too_deeply_is_refused():
    with pytest.raises(ValueError, match="is not a value"):
        read_setting("C=" + "[" * 3000)
