"""A grid becomes cells, and every mistake in it is refused before anything starts."""

import nbformat
import pytest

from textlab.runner.planning import expansion
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.notebook import read_notebook
from textlab.runner.planning.plan import plan, read_setting


def grid(*runs, **more):
    return Grid.model_validate({"name": "demo", "dataset": "airline", "runs": list(runs), **more})


def cells_of(*arguments, **settings):
    return plan(*arguments, **settings).cells


def test_lists_and_seeds_are_the_dimensions_of_the_grid(notebooks):
    notebooks("10_x")
    cells = cells_of(grid({"notebook": "10_x", "parameters": {"kind": ["a", "b"], "rate": 1}}, seeds=[0, 1]))
    assert [cell.name for cell in cells] == [
        "x kind=a rate=1 seed=0",
        "x kind=b rate=1 seed=0",
        "x kind=a rate=1 seed=1",
        "x kind=b rate=1 seed=1",
    ]
    assert cells[0].parameters == {"dataset": "airline", "seed": 0, "kind": "a", "rate": 1}
    assert len({cell.key for cell in cells}) == 4


def test_key_depends_only_on_notebook_and_parameters(notebooks):
    notebooks("10_x")
    stated = {"notebook": "10_x", "parameters": {"kind": "a"}}
    alone = cells_of(grid(stated))[0]
    among_others = cells_of(grid(stated, {"notebook": "10_x", "parameters": {"kind": "b"}}, name="other"))[0]
    assert alone.key == among_others.key


def test_notebook_receives_only_parameters_that_it_declares(notebooks):
    notebooks("10_x", parameters='kind: str = "a"  # which one')
    assert cells_of(grid({"notebook": "10_x"}))[0].parameters == {}


def test_only_selects_notebooks_by_name_or_pattern(notebooks):
    notebooks("10_x")
    notebooks("20_y")
    both = grid({"notebook": "10_x"}, {"notebook": "20_y"})
    assert [cell.notebook.name for cell in cells_of(both, only="20_y")] == ["20_y"]
    assert [cell.notebook.name for cell in cells_of(both, only="1*")] == ["10_x"]
    with pytest.raises(ValueError, match=r"--only 30_z matches no notebook of this grid\. Available: 10_x, 20_y"):
        cells_of(both, only="30_z")


def test_setting_overrides_the_grid_and_may_be_a_dimension(notebooks):
    notebooks("10_x")
    settings = dict([read_setting("seed=[3, 4]"), read_setting("kind=c")])
    cells = cells_of(grid({"notebook": "10_x", "parameters": {"kind": "a"}}), settings=settings)
    assert [(cell.parameters["seed"], cell.parameters["kind"]) for cell in cells] == [(3, "c"), (4, "c")]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kidn": "a"}, r"Notebook '10_x' has no parameter 'kidn'\. Did you mean 'kind'\? Available: dataset"),
        ({"seed": "one"}, r"Parameter 'seed' is 'one' \(str\); expected int, such as 0"),
        ({"seed": 1.5}, r"Parameter 'seed' is 1\.5 \(float\); expected int"),
        ({"seed": True}, r"Parameter 'seed' is True \(bool\); expected int"),
        ({"seed": -1}, r"Notebook '10_x': seed is -1\. Give a whole number from 0 to 4294967295"),
        ({"seed": 2**32}, r"seed is 4294967296\. Give a whole number"),
        ({"deep": 1}, r"Parameter 'deep' is 1 \(int\); expected bool"),
        ({"kind": [1, "a"]}, r"Parameter 'kind' is 1 \(int\); expected str"),
        ({"kind": None}, r"Parameter 'kind' is None"),
        ({"kind": []}, "the list for 'kind' is empty"),
    ],
)
def test_wrong_parameter_is_refused_before_anything_starts(notebooks, parameters, message):
    notebooks("10_x")
    with pytest.raises(ValueError, match=message):
        cells_of(grid({"notebook": "10_x", "parameters": parameters}))


def test_float_that_yaml_reads_as_a_string_is_converted(notebooks):
    notebooks("10_x")
    cells = cells_of(grid({"notebook": "10_x", "parameters": {"rate": ["1e-3", 2]}}))
    assert [cell.parameters["rate"] for cell in cells] == [0.001, 2]


def test_value_of_an_unknown_type_is_not_checked(notebooks):
    notebooks("10_x", parameters="depth: Optional[int] = None  # how deep")
    cells = cells_of(grid({"notebook": "10_x", "parameters": {"depth": [None, 3]}}))
    assert [cell.parameters["depth"] for cell in cells] == [None, 3]


def test_metric_that_cannot_rank_runs_is_refused_on_the_command_line_too(notebooks):
    notebooks("10_x", parameters='primary_metric: str = "accuracy"  # what decides')
    with pytest.raises(ValueError, match="unknown primary_metric 'brier'"):
        cells_of(grid({"notebook": "10_x"}), settings={"primary_metric": "brier"})


def test_integer_is_accepted_for_a_float(notebooks):
    notebooks("10_x")
    assert cells_of(grid({"notebook": "10_x", "parameters": {"rate": 1}}))[0].parameters["rate"] == 1


def test_unknown_notebook_is_refused_with_a_suggestion(notebooks):
    notebooks("10_logistic_regression")
    with pytest.raises(ValueError, match=r"Unknown notebook '10_logistic'\. Did you mean '10_logistic_regression'\?"):
        cells_of(grid({"notebook": "10_logistic"}))


def test_notebook_without_parameters_cell_is_refused(notebooks):
    notebooks("10_x", "1 + 1", parameters=None)
    with pytest.raises(ValueError, match=r"'10_x' declares no parameters\. Give one of its code cells the tag"):
        cells_of(grid({"notebook": "10_x"}))


def test_same_cell_twice_is_refused(notebooks):
    notebooks("10_x")
    with pytest.raises(ValueError, match="states the cell 'x kind=a seed=0' twice"):
        cells_of(grid({"notebook": "10_x", "parameters": {"kind": ["a", "a"]}}))


def test_parameter_stated_at_its_default_is_the_cell_that_leaves_it_out(notebooks):
    notebooks(
        "10_x",
        parameters="""seed: int = 0
rate: float = 1.0
kind: str = "a"
deep: bool = False""",
    )
    (plain,) = cells_of(grid({"notebook": "10_x"}))
    (stated,) = cells_of(grid({"notebook": "10_x", "parameters": {"kind": "a", "rate": 1, "deep": False}}))
    (other,) = cells_of(grid({"notebook": "10_x", "parameters": {"kind": "b"}}))
    assert stated.key == plain.key != other.key
    assert stated.complete_parameters == plain.complete_parameters
    assert stated.name == "x kind=a rate=1 deep=False seed=0", "the name says what the grid file states"
    with pytest.raises(ValueError, match=r"states one cell twice, as 'x seed=0' and as 'x kind=a seed=0', because"):
        cells_of(grid({"notebook": "10_x"}, {"notebook": "10_x", "parameters": {"kind": ["b", "a"]}}))


def test_default_that_is_no_literal_identifies_no_cell(notebooks):
    notebooks("10_x", parameters="rate: float = 1 / 2  # half")
    stated = grid({"notebook": "10_x", "parameters": {"rate": 0.5}})
    assert cells_of(stated)[0].key != cells_of(grid({"notebook": "10_x"}))[0].key


@pytest.mark.parametrize(
    "metadata", [{}, {"kernelspec": {"name": "py39_new", "display_name": "p", "language": "python"}}]
)
def test_python_notebook_is_planned_whatever_kernel_saved_it(notebooks, metadata):
    save_under(notebooks("10_x"), metadata)
    assert len(cells_of(grid({"notebook": "10_x"}))) == 1


@pytest.mark.parametrize(
    "metadata",
    [{"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}, {"language_info": {"name": "R"}}],
)
def test_notebook_in_another_language_is_refused_with_its_name_and_a_cure(notebooks, metadata):
    save_under(notebooks("10_x"), metadata)
    with pytest.raises(
        ValueError, match=r"'10_x' is written in R, and textlab runs Python only\. Rewrite it in Python"
    ):
        cells_of(grid({"notebook": "10_x"}))


def save_under(path, metadata):
    """Give a notebook the metadata of a kernel."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = metadata
    nbformat.write(notebook, path)


def test_grid_of_a_hundred_thousand_cells_is_refused_before_they_are_made(notebooks, monkeypatch):
    made = []
    monkeypatch.setattr(expansion, "Cell", lambda *settings: made.append(settings))
    notebooks("10_x")
    large = grid({"notebook": "10_x", "parameters": {"rate": list(range(1000))}}, seeds=list(range(100)))
    with pytest.raises(ValueError, match=r"Grid 'demo' has more than 10,000 cells\. Shorten its lists"):
        cells_of(large)
    assert len(made) == expansion.MAXIMUM_CELLS + 1


def test_two_cells_with_the_same_name_are_refused(notebooks):
    notebooks("10_x")
    notebooks("20_x")
    with pytest.raises(ValueError, match="Two cells of grid 'demo' are called 'x seed=0'"):
        cells_of(grid({"notebook": "10_x"}, {"notebook": "20_x"}))


def test_unknown_setting_and_one_without_a_value_are_refused(notebooks):
    notebooks("10_x")
    with pytest.raises(ValueError, match=r"--set sed: no notebook of this grid.*Did you mean 'seed'"):
        cells_of(grid({"notebook": "10_x"}), settings={"sed": 1})
    with pytest.raises(ValueError, match="--set 'seed' is not of the form name=value"):
        read_setting("seed")
    with pytest.raises(ValueError, match=r"--set kind: '\[a' is not a value"):
        read_setting("kind=[a")


def test_parameters_have_a_type_a_default_and_a_meaning(notebooks):
    declared = read_notebook(notebooks("10_x")).parameters
    assert (declared["rate"].type_name, declared["rate"].default, declared["rate"].help) == (
        "float",
        "0.5",
        "learning rate",
    )


def teacher_and_student(**student):
    """A student stated before its teacher."""
    return (
        {"notebook": "20_student", "parameters": {"kind": {"from": "wise"}, **student}},
        {"notebook": "30_teacher", "id": "wise", "parameters": {"rate": 0.1}},
    )


def test_cell_follows_the_cell_that_it_builds_on_which_has_the_same_seed(notebooks):
    notebooks("20_student")
    notebooks("30_teacher")
    cells = cells_of(grid(*teacher_and_student(), seeds=[0, 1]))
    assert [cell.name for cell in cells] == [
        "teacher rate=0.1 seed=0",
        "student kind=<teacher rate=0.1> seed=0",
        "teacher rate=0.1 seed=1",
        "student kind=<teacher rate=0.1> seed=1",
    ]
    assert cells[1].sources["kind"].key == cells[0].key
    assert cells[3].sources["kind"].key == cells[2].key
    assert "kind" not in cells[1].parameters


def test_key_of_a_student_changes_with_its_teacher(notebooks):
    notebooks("20_student")
    notebooks("30_teacher")
    student, teacher = teacher_and_student()
    other = {**teacher, "parameters": {"rate": 0.2}}
    keys = [{cell.notebook.name: cell.key for cell in cells_of(grid(student, one))} for one in (teacher, other)]
    assert keys[0]["20_student"] != keys[1]["20_student"]


def test_teacher_with_several_values_is_a_dimension_of_its_student(notebooks):
    notebooks("20_student")
    notebooks("30_teacher")
    student, teacher = teacher_and_student()
    cells = cells_of(grid(student, {**teacher, "parameters": {"rate": [0.1, 0.2]}}))
    assert [cell.notebook.name for cell in cells] == ["30_teacher", "20_student", "30_teacher", "20_student"]


def test_teacher_without_the_seed_of_its_student_teaches_every_seed(notebooks):
    notebooks("20_student")
    notebooks("30_teacher")
    student, teacher = teacher_and_student()
    cells = cells_of(grid(student, {**teacher, "parameters": {"seed": 7}}, seeds=[0, 1]))
    assert [cell.name for cell in cells] == [
        "teacher seed=7",
        "student kind=<teacher> seed=0",
        "student kind=<teacher> seed=1",
    ]


def test_student_can_be_selected_alone_and_its_teacher_overridden(notebooks):
    notebooks("20_student")
    notebooks("30_teacher")
    stated = grid(*teacher_and_student())
    (cell,) = cells_of(stated, only="20_student")
    assert cell.sources["kind"].notebook.name == "30_teacher"
    (alone,) = cells_of(stated, only="20_student", settings={"kind": "b"})
    assert (alone.sources, alone.parameters["kind"]) == ({}, "b")


def test_parameters_are_read_in_every_form_of_assignment(notebooks):
    path = notebooks(
        "10_x", parameters='import os\na = "#"  # one\nb: list[int] = [\n    1,\n]  # two\nc: int\nd: int = 3'
    )
    assert [
        (each.name, each.type_name, each.default, each.help) for each in read_notebook(path).parameters.values()
    ] == [
        ("a", "None", '"#"', "one"),
        ("b", "list[int]", "[\n    1,\n]", "two"),
        ("d", "int", "3", ""),
    ]


def test_parameters_cell_that_is_not_python_is_refused(notebooks):
    notebooks("10_x", parameters="a = (")
    with pytest.raises(ValueError, match="Notebook '10_x': its parameters cell is not valid Python: '\\(' was never"):
        cells_of(grid({"notebook": "10_x"}))


def test_learning_curve_adds_a_cell_for_each_share_and_seed(notebooks):
    notebooks("10_x")
    cells = cells_of(grid({"notebook": "10_x"}, seeds=[0, 1], learning_curve=[0.5, 1.0, 0.1]))
    assert [cell.name for cell in cells] == [
        "x seed=0",
        "x seed=1",
        "x training_share=0.5 seed=0",
        "x training_share=0.5 seed=1",
        "x training_share=0.1 seed=0",
        "x training_share=0.1 seed=1",
    ]
    assert cells[0].parameters["dataset"] == "airline"
    assert cells[5].parameters["dataset"] == "airline?share_seed=1&training_share=0.1"
    assert [cell.key for cell in cells[:2]] == [cell.key for cell in cells_of(grid({"notebook": "10_x"}, seeds=[0, 1]))]


def test_entry_may_have_a_learning_curve_of_its_own(notebooks):
    notebooks("10_x")
    notebooks("20_y")
    cells = cells_of(grid({"notebook": "10_x"}, {"notebook": "20_y", "learning_curve": [0.2]}))
    assert [cell.name for cell in cells] == ["x seed=0", "y seed=0", "y training_share=0.2 seed=0"]


def test_cell_on_a_share_builds_on_one_that_saw_the_same_share(notebooks):
    notebooks("10_x")
    first = {"notebook": "10_x", "id": "first"}
    second = {"notebook": "10_x", "parameters": {"kind": {"from": "first"}}}
    cells = cells_of(grid(first, second, seeds=[0, 1], learning_curve=[0.5]))
    built = [(cell, cell.sources["kind"]) for cell in cells if cell.sources]
    assert len(built) == 4
    assert all(cell.parameters["dataset"] == source.parameters["dataset"] for cell, source in built)
    with pytest.raises(ValueError, match=r"runs on 0\.5 of the training split and builds on one that does not\. State"):
        cells_of(grid(first, second | {"learning_curve": [0.5]}))


@pytest.mark.parametrize("shares", [[0], [1.1], [-0.5], [], "half"])
def test_learning_curve_of_impossible_shares_is_refused(shares):
    with pytest.raises(ValueError, match="learning_curve"):
        grid({"notebook": "10_x"}, learning_curve=shares)


def test_search_has_no_learning_curve(notebooks):
    notebooks("10_x")
    search = {"trials": 2, "parameters": {"rate": {"low": 0.1, "high": 0.5}}}
    with pytest.raises(ValueError, match=r"'10_x' has a search, so it cannot have a learning curve\. Remove"):
        plan(grid({"notebook": "10_x", "search": search, "learning_curve": [0.5]}))
    assert len(plan(grid({"notebook": "10_x", "search": search}, learning_curve=[0.5])).searches) == 1


FOLDED = 'dataset: str = "airline"  # data\nfolds: int = 0  # folds\nseed: int = 0  # seed\nrate: float = 1.0  # rate'


def test_folds_reach_each_notebook_that_takes_them_and_change_the_key(notebooks):
    notebooks("10_x", parameters=FOLDED)
    notebooks("20_y")
    entries = ({"notebook": "10_x"}, {"notebook": "20_y"})
    folded, plain = cells_of(grid(*entries, folds=5)), cells_of(grid(*entries))
    assert [cell.parameters.get("folds") for cell in folded] == [5, None]
    assert [cell.name for cell in folded] == ["x seed=0", "y seed=0"]
    assert folded[0].key != plain[0].key
    assert folded[1].key == plain[1].key


def test_folds_of_an_entry_override_those_of_the_grid_and_its_parameters_override_both(notebooks):
    notebooks("10_x", parameters=FOLDED)
    own, none = {"notebook": "10_x", "folds": 3}, {"notebook": "10_x", "parameters": {"folds": 0}}
    assert [cell.parameters["folds"] for cell in cells_of(grid(own, none, folds=5))] == [3, 0]


def test_searches_and_shares_of_a_learning_curve_have_no_folds(notebooks):
    notebooks("10_x", parameters=FOLDED)
    search = {"trials": 2, "parameters": {"rate": {"low": 0.1, "high": 0.5}}}
    whole, share = cells_of(grid({"notebook": "10_x"}, folds=5, learning_curve=[0.5]))
    assert ("folds" in whole.parameters, "folds" in share.parameters) == (True, False)
    assert "folds" not in plan(grid({"notebook": "10_x", "search": search}, folds=5)).searches[0].base.parameters
    with pytest.raises(ValueError, match=r"'10_x' has a search, so it cannot have folds\. Remove folds"):
        plan(grid({"notebook": "10_x", "search": search, "folds": 5}))


def test_folds_that_cannot_be_made_are_refused(notebooks):
    notebooks("10_x", parameters=FOLDED)
    notebooks("20_y")
    with pytest.raises(ValueError, match="folds"):
        grid({"notebook": "10_x"}, folds=1)
    with pytest.raises(ValueError, match=r"Notebook '10_x': folds is 1\. Choose 2 to 20 folds, or 0 for none"):
        cells_of(grid({"notebook": "10_x", "parameters": {"folds": 1}}))
    with pytest.raises(ValueError, match=r"'20_y' has no parameter 'folds', so it cannot have folds"):
        cells_of(grid({"notebook": "20_y", "folds": 5}))
