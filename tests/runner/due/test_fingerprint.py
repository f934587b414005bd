"""A fingerprint covers everything that decides a cell's numbers."""

from dataclasses import asdict
from types import SimpleNamespace

import pandas as pd
import pytest

from textlab.runner.due import background, fingerprint
from textlab.runner.due.background import fingerprints_in_background
from textlab.runner.due.fingerprint import changes, fingerprints
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan


def test_fingerprint_changes_with_notebook_parameters_and_sources(notebooks):
    notebooks("10_x", "1")
    notebooks("20_y", "2")
    runs = [{"notebook": "10_x", "id": "x"}, {"notebook": "20_y", "parameters": {"kind": {"from": "x"}}}]

    def keys(**more):
        cells = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": runs} | more)).cells
        return [fingerprints(cells)[cell.key].key for cell in cells]

    first = keys()
    assert keys() == first
    assert not set(keys(seeds=[1])) & set(first)
    notebooks("10_x", "1 + 1")
    changed = keys()
    assert changed[0] != first[0]
    assert changed[1] != first[1], "a student is due with its teacher"


def test_comments_layout_and_help_texts_make_nothing_due(notebooks):
    def key(*sources, parameters):
        notebooks("10_x", *sources, parameters=parameters)
        (cell,) = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": [{"notebook": "10_x"}]})).cells
        return fingerprints([cell])[cell.key].key

    first = key("print(1)", parameters="rate: float = 0.5  # a rate")
    assert key("# one\nprint( 1 )", "# only a comment", parameters="# all\nrate: float = .5  # another text") == first
    assert key("print(2)", parameters="rate: float = 0.5  # a rate") != first
    assert key("print(1)", parameters="rate: float = 0.6  # a rate") != first, "the default decides the numbers"
    assert key("print(1)", parameters="rate: float = 0.5\nrate = rate * 2") != first


def test_cell_that_states_a_value_is_not_due_when_the_default_changes(notebooks):
    def states(default):
        notebooks("10_x", parameters=f"rate: float = {default}  # a rate")
        runs = [{"notebook": "10_x", "parameters": {"rate": rate}} for rate in (0.5, 0.7)]
        cells = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": runs})).cells
        return [fingerprints([cell])[cell.key] for cell in cells]

    before, after = states(0.5), states(0.6)
    assert [each.key for each in before] == [each.key for each in after]


def test_changed_default_is_named(notebooks):
    def state(default):
        notebooks("10_x", parameters=f"rate: float = {default}  # a rate")
        (cell,) = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": [{"notebook": "10_x"}]})).cells
        return cell.key, fingerprints([cell])[cell.key]

    (key, before), (same_key, after) = state(0.5), state(0.6)
    assert key == same_key
    assert changes(asdict(before), after) == ["default of rate 0.5 -> 0.6"]


def test_settings_at_the_defaults_of_the_family_are_the_cell_that_leaves_them_out(notebooks):
    parameters = "C: float = 0.0  # C\nsettings: dict = {}  # others"
    notebooks("10_x", parameters=parameters, model="logistic_regression")

    def cell(**run):
        grid = {"name": "g", "dataset": "airline", "runs": [{"notebook": "10_x", **run}]}
        return plan(Grid.model_validate(grid)).cells[0]

    assert cell(settings={"features": "word_char"}).key == cell().key != cell(settings={"features": "word"}).key
    notebooks("10_x", parameters=parameters.replace("{}", '{"minimum_count": 5}'), model="logistic_regression")
    assert cell(settings={"minimum_count": 2}).key != cell().key, "the notebook states settings of its own"


def test_dataset_is_loaded_once_and_only_for_notebooks_that_read_data(notebooks, monkeypatch):
    loaded = []

    def load(name):
        loaded.append(name)
        return SimpleNamespace(digest="d", task="classification")

    monkeypatch.setattr(fingerprint.textlab.data, "load_any", load)
    notebooks("10_reads", "import textlab.data")
    notebooks("20_does_not", "1")
    runs = [{"notebook": "10_reads", "parameters": {"kind": ["a", "b"]}}, {"notebook": "20_does_not"}]
    cells = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": runs})).cells
    by_key = fingerprints(cells)
    assert loaded == ["airline"]
    assert [by_key[cell.key].data for cell in cells] == ["d", "d", ""]


def test_fork_gives_the_same_fingerprints(notebooks, tmp_path, monkeypatch):
    pd.DataFrame({"text": [f"tweet {number}" for number in range(40)], "label": ["good", "bad"] * 20}).to_csv(
        tmp_path / "tweets.csv", index=False
    )
    notebooks("10_reads", "import textlab.data")
    grid = {"name": "g", "dataset": f"file:{tmp_path}/tweets.csv", "seeds": [0, 1], "runs": [{"notebook": "10_reads"}]}
    cells = plan(Grid.model_validate(grid)).cells
    expected = fingerprints(cells)
    with fingerprints_in_background(cells) as wait, monkeypatch.context() as fork_only:
        fork_only.setattr(background, "fingerprints", None)
        assert wait() == expected


def test_error_in_the_fork_is_raised_by_this_process(notebooks, tmp_path):
    notebooks("10_reads", "import textlab.data")
    grid = {"name": "g", "dataset": f"file:{tmp_path}/none.csv", "runs": [{"notebook": "10_reads"}]}
    cells = plan(Grid.model_validate(grid)).cells
    with pytest.raises(FileNotFoundError, match=r"none\.csv"), fingerprints_in_background(cells) as wait:
        wait()
