"""A grid file is read and checked; every mistake is reported in a sentence."""

import pytest

from textlab.runner.planning.grid_file import read_grid, read_grids
from textlab.runner.several_datasets import chosen_datasets

GOOD = "name: demo\ndataset: air_paradis\nruns:\n  - notebook: 10_x\n    parameters: {kind: [a, b]}\n"


def read(tmp_path, text):
    path = tmp_path / "grid.yaml"
    path.write_text(text)
    return read_grid(path)


def test_grid_has_defaults(tmp_path):
    grid = read(tmp_path, GOOD)
    assert (grid.name, grid.primary_metric, grid.seeds) == ("demo", "macro_recall", [0])
    assert grid.runs[0].parameters == {"kind": ["a", "b"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("dataset:", "datset:"), "unknown key 'datset'. Did you mean 'dataset'?"),
        (GOOD.replace("parameters:", "parameter:"), "unknown key 'runs.0.parameter'. Did you mean 'parameters'?"),
        (GOOD + "settings: {C: 2}\n", "unknown key 'settings'. Move it into an entry of 'runs'."),
        (GOOD.replace("name: demo\n", ""), "the key 'name' is missing"),
        (GOOD.replace("name: demo", "name: ../demo"), "'name' is '../demo': string should match pattern"),
        (GOOD.replace("name: demo", "name: " + "x" * 201), "'name' is 'x+': string should have at most 200 characters"),
        (GOOD + "seeds: []\n", r"'seeds' is \[\]: list should have at least 1 item"),
        (GOOD + "seeds: [one]\n", "'seeds.0' is 'one': input should be a valid integer"),
        (GOOD + "seeds: [0, -1]\n", "'seeds.1' is -1: input should be greater than or equal to 0"),
        (GOOD + "primary_metric: macro_f2\n", "unknown primary_metric 'macro_f2'. Did you mean 'macro_f1'"),
        ("name: [", "is not valid YAML"),
        ("name: " + "[" * 3000, "is nested too deeply"),
        (GOOD + "name: other\n", "the key 'name' occurs twice"),
        (GOOD.replace("name: demo", "name: by-hand"), "the name 'by-hand' is reserved"),
        (GOOD + "primary_metric: brier\n", "unknown primary_metric 'brier'"),
        (GOOD.replace("[a, b]", "{from: wise}"), "'kind' refers to 'wise', which is no entry's id. Available: none"),
        (GOOD + "    id: x\n  - {notebook: 20_y, id: x}\n", "two entries have the id 'x'"),
        (
            GOOD.replace("[a, b]", "{from: y}")
            + "    id: x\n  - {notebook: 20_y, id: y, parameters: {z: {from: x}}}\n",
            "entries depend on each other in a cycle: . -> . -> .",
        ),
        (
            GOOD + "    search: {trials: 3, parameter: {x: [1]}}\n",
            "unknown key 'runs.0.search.parameter'. Did you mean 'parameters'?",
        ),
        (
            GOOD + "    search: {trials: 0, parameters: {x: [1]}}\n",
            "'runs.0.search.trials' is 0: input should be greater",
        ),
        (
            GOOD + "    id: x\n    search: {trials: 3, parameters: {x: [1]}}\n"
            "  - {notebook: 20_y, parameters: {z: {from: x}}}\n",
            "'z' refers to 'x', which is a search",
        ),
        (
            GOOD + "    search: {trials: 3, parameters: {x: {low: 1, hihg: 2, high: 3}}}\n",
            "^[^\n]*unknown key 'runs.0.search.parameters.x.hihg'. Did you mean 'high'[^\n]*$",
        ),
        (
            GOOD + "    search: {trials: 3, parameters: {x: 3}}\n",
            "^[^\n]*'runs.0.search.parameters.x' is 3: input should be a valid list.$",
        ),
        ("- a\n- b\n", "contains list, not keys. State these keys: name, dataset"),
        ("", "contains NoneType"),
    ],
)
def test_mistake_is_refused_with_the_expected_keys_or_values(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text)


def test_all_mistakes_are_reported_at_once(tmp_path):
    with pytest.raises(ValueError, match="unknown key 'naem'") as refusal:
        read(tmp_path, GOOD.replace("name:", "naem:"))
    assert "the key 'name' is missing" in str(refusal.value)


def test_name_of_200_characters_is_accepted(tmp_path):
    assert len(read(tmp_path, GOOD.replace("name: demo", f"name: {'x' * 200}")).name) == 200


def test_missing_file_is_refused_with_the_available_grids(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no grid file .*demmo.yaml.*experiments/demo\.yaml"):
        read_grid(tmp_path / "demmo.yaml")


def grid_of(tmp_path, *notebooks, more=""):
    path = tmp_path / "mixed.yaml"
    runs = "".join(f"  - notebook: {name}\n" for name in notebooks)
    path.write_text(f"name: mixed\ndataset: talents\n{more}runs:\n{runs}")
    return read_grid(path)


def test_grid_of_retrievers_is_ranked_by_the_metric_of_its_task(tmp_path):
    assert grid_of(tmp_path, "42_bm25").primary_metric == "ndcg_10"
    assert grid_of(tmp_path, "42_bm25", more="primary_metric: mrr_10\n").primary_metric == "mrr_10"
    with pytest.raises(ValueError, match=r"unknown primary_metric 'macro_recall'\..* Available: ndcg_10"):
        grid_of(tmp_path, "42_bm25", more="primary_metric: macro_recall\n")


def test_dataset_decides_the_task_of_notebooks_that_serve_several(tmp_path):
    path = tmp_path / "labels.yaml"
    for dataset, metric in (
        ("passenger_topics", "macro_f1"),
        ("air_paradis", "macro_recall"),
        ("nonsense", "macro_recall"),
    ):
        path.write_text(f"name: labels\ndataset: {dataset}\nruns: [{{notebook: 10_logistic_regression}}]\n")
        assert read_grid(path).primary_metric == metric
    path.write_text("name: labels\ndataset: passenger_topics\nprimary_metric: accuracy\nruns: [{notebook: 20_lstm}]\n")
    with pytest.raises(ValueError, match=r"unknown primary_metric 'accuracy'\..* Available: macro_f1, micro_f1"):
        read_grid(path)


def test_grid_of_two_tasks_is_refused(tmp_path):
    message = (
        r"10_logistic_regression \(classification or multilabel\) and 42_bm25 \(retrieval\) belong to different tasks"
    )
    with pytest.raises(ValueError, match=message):
        grid_of(tmp_path, "10_logistic_regression", "42_bm25")


SEVERAL = GOOD.replace("dataset: air_paradis", "dataset: [air_paradis, tweet_eval/irony]")


def read_several(tmp_path, text):
    path = tmp_path / "grid.yaml"
    path.write_text(text)
    return read_grids(path)


def test_list_of_datasets_makes_a_grid_of_each(tmp_path):
    grids = read_several(tmp_path, SEVERAL + "primary_metric: {tweet_eval/irony: macro_f1}\n")
    assert [(grid.name, grid.dataset, grid.primary_metric) for grid in grids] == [
        ("demo-air_paradis", "air_paradis", "macro_recall"),
        ("demo-tweet_eval-irony", "tweet_eval/irony", "macro_f1"),
    ]
    assert grids[0].runs == grids[1].runs


def test_one_primary_metric_holds_for_all_datasets(tmp_path):
    grids = read_several(tmp_path, SEVERAL + "primary_metric: accuracy\n")
    assert {grid.primary_metric for grid in grids} == {"accuracy"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SEVERAL + "primary_metric: {tweet_eval/iron: macro_f1}\n", "names tweet_eval/iron, which is not in the list"),
        (GOOD.replace("air_paradis", "[]"), r"the list 'dataset' is \[\]\. Write the names"),
        (GOOD.replace("air_paradis", "[3]"), r"the list 'dataset' is \[3\]\. Write the names"),
        (GOOD.replace("air_paradis", "[a/b, a-b]"), "two datasets would make a grid called 'demo-a-b'"),
        (SEVERAL.replace("name: demo", "name: " + "x" * 190), "string should have at most 200 characters"),
        (SEVERAL.replace("name: demo\n", ""), "the key 'name' is missing"),
        (SEVERAL.replace("name: demo", "name:"), "'name' is None: input should be a valid string"),
        (SEVERAL.replace("name: demo", "name: by-hand"), "the name 'by-hand' is reserved"),
    ],
)
def test_mistake_in_a_list_of_datasets_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_several(tmp_path, text)


def test_grid_of_several_datasets_is_refused_where_one_is_needed(tmp_path):
    with pytest.raises(ValueError, match="states 2 datasets, but one is needed here"):
        read(tmp_path, SEVERAL)


def test_only_datasets_of_the_file_can_be_chosen():
    assert chosen_datasets(["a", "b"], []) == ["a", "b"]
    assert chosen_datasets(["a", "b"], ["b"]) == ["b"]
    with pytest.raises(ValueError, match=r"--dataset c is not in the grid file\. It states: a, b\."):
        chosen_datasets(["a", "b"], ["c"])


def test_a_setting_cannot_replace_several_datasets():
    with pytest.raises(ValueError, match="--set dataset would replace each of the 2 datasets of the grid file"):
        chosen_datasets(["a", "b"], [], ["seed=3", "dataset=c"])
    assert chosen_datasets(["a"], [], ["dataset=c"]) == ["a"]


def test_corrections_become_part_of_the_name_of_the_dataset(tmp_path):
    grid = read(tmp_path, GOOD + "corrections: mine/corrections.csv\n")
    assert grid.dataset == "air_paradis?corrections=mine/corrections.csv"


def test_corrections_of_several_datasets_are_refused(tmp_path):
    text = GOOD.replace("air_paradis", "[air_paradis, airline]") + "corrections: corrections.csv\n"
    with pytest.raises(ValueError, match="State the file in the name of its dataset"):
        read_several(tmp_path, text)
