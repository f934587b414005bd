"""Trials are chosen by a real Optuna study in SQLite and are cells like any other."""

import math

import optuna
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.runner.due.fingerprint import Fingerprint
from textlab.runner.executing.execution import Outcome
from textlab.runner.executing.search import Study, study_name, study_store
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan, plan_searches

PRINT = Fingerprint("n", {}, "d", {}, {}, {})
WHERE = {"rate": {"low": 0.001, "high": 10, "log": True}, "kind": ["a", "b"]}


def grid(trials=12, where=WHERE, seeds=(0,), **more):
    run = {"notebook": "10_x", "search": {"trials": trials, "parameters": where, **more}}
    return Grid.model_validate({"name": "g", "dataset": "airline", "seeds": list(seeds), "runs": [run]})


def score(cell):
    return -((math.log10(cell.parameters["rate"]) - 0.5) ** 2) - (cell.parameters["kind"] == "b")


@pytest.fixture
def trial(store, tmp_path):
    """Do as the runner does with a trial; gives its outcome."""
    experiment = record.prepare_store("g")

    def done(cell, study):
        run_id = record.open_run(experiment, cell.name, "10_x", cell.key, cell.stated, study.run_id)
        MlflowClient(record.tracking_uri()).log_metric(run_id, "validation_macro_recall", score(cell))
        record.close_run(run_id, "done")
        return Outcome(cell, "done", run_id, 1.0, None, tmp_path)

    return done


def opened(search, jobs=1, name=None):
    name = name or study_name("g", search, PRINT)
    return Study(name, record.prepare_store("g"), search, jobs)


def searched(study, trial):
    """Go on with a study until it is over; the cells in the order in which they ended."""
    waiting, ended = [], []
    while not study.is_over:
        waiting += study.next_cells()
        if waiting:
            ended.append(waiting.pop())  # the one that began last ends first
            study.told(trial(ended[-1], study))
    study.close()
    return ended


def test_search_finds_what_is_best_and_says_so_above_its_trials(notebooks, trial):
    notebooks("10_x")
    (search,) = plan_searches(grid(trials=25))
    study = opened(search)
    ended = searched(study, trial)
    best = max(ended, key=score)
    assert score(best) > -0.1
    parent = MlflowClient(record.tracking_uri()).get_run(study.run_id)
    assert (parent.info.status, parent.data.tags["textlab.best"]) == ("FINISHED", best.name)
    assert parent.data.metrics == {"validation_macro_recall": pytest.approx(score(best))}
    assert {run.parent for run in record.all_runs("g")} == {study.run_id}


@pytest.mark.parametrize("jobs", [1, 3])
def test_same_seed_chooses_the_same_trials_in_whatever_order_they_end(notebooks, trial, jobs):
    notebooks("10_x")
    (search,) = plan_searches(grid(trials=12))
    chosen = []
    for name in ("backwards", "forwards"):
        study = opened(search, jobs, name)
        waiting = []
        while not study.is_over:
            waiting += study.next_cells()
            study.told(trial(waiting.pop(-1 if name == "backwards" else 0), study))
        chosen.append([cell.key for cell in study._cells])
    assert chosen[0] == chosen[1]
    (other,) = plan_searches(grid(trials=12, seed=1))
    study = opened(other, jobs)
    searched(study, trial)
    assert [cell.key for cell in study._cells] != chosen[0]


def test_search_that_was_cut_off_goes_on_and_chooses_what_it_would_have_chosen(notebooks, trial):
    notebooks("10_x")
    (search,) = plan_searches(grid(trials=12))
    whole = opened(search, name="whole")
    searched(whole, trial)
    begun = opened(search, name="cut off")
    outcomes = [trial(cell, begun) for cell in begun.next_cells()]  # killed before it was told of this one
    resumed = opened(search, name="cut off")
    assert [cell.key for cell in resumed.next_cells()] == [outcome.cell.key for outcome in outcomes]
    resumed.told(outcomes[0])
    searched(resumed, trial)
    assert [cell.key for cell in resumed._cells] == [cell.key for cell in whole._cells]
    stored = optuna.load_study(study_name="cut off", storage=study_store())
    assert [each.state.name for each in stored.trials] == ["COMPLETE"] * 12


def test_study_that_has_few_choices_repeats_none_and_ends(notebooks, trial):
    notebooks("10_x")
    (search,) = plan_searches(grid(trials=8, where={"kind": ["a", "b"], "rate": [1.0]}))
    study = opened(search)
    assert len(searched(study, trial)) == 2
    stored = optuna.load_study(study_name=study.name, storage=study_store())
    assert [each.state.name for each in stored.trials] == ["COMPLETE"] * 8


LOGS = """import mlflow
with mlflow.start_run(): mlflow.log_metric("validation_macro_recall", rate)
if kind == "b": raise ValueError("no")"""


def test_trials_are_run_like_cells_and_once(notebooks, run):
    notebooks("10_x", LOGS)
    stated = grid(trials=4).model_dump(exclude_defaults=True)["runs"][0]
    outcomes, _ = run(stated, jobs=2)
    assert {outcome.status for outcome in outcomes} <= {"done", "failed"}
    assert len(outcomes) == 4
    again, _ = run(stated, jobs=2)
    assert {outcome.status for outcome in again} <= {"done before", "failed before"}
    assert {outcome.run_id for outcome in again} == {outcome.run_id for outcome in outcomes}
    assert len(record.all_runs("g")) == 4


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"rat": [1]}, r"Notebook '10_x' has no parameter 'rat'\. Did you mean 'rate'"),
        ({"rate": {"low": 2, "high": 1}}, "'rate' is searched from 2 to 1; low must be below high"),
        ({"rate": {"low": 0, "high": 1, "log": True}}, "'rate' is searched from 0 to 1; low must be above 0"),
        ({"rate": {"low": "a", "high": 1}}, "Parameter 'rate' is 'a'"),
        ({"kind": {"low": "a", "high": "b"}}, "'kind' is no number, so search it in a list"),
        ({"kind": []}, "the list for 'kind' is empty"),
        ({"kind": [1]}, "Parameter 'kind' is 1"),
    ],
)
def test_range_that_is_none_is_refused(notebooks, where, message):
    notebooks("10_x")
    with pytest.raises(ValueError, match=message):
        plan_searches(grid(where=where))


def test_parameter_that_is_searched_has_no_other_value(notebooks):
    notebooks("10_x")
    with pytest.raises(ValueError, match="'rate' is searched and has a value as well"):
        plan_searches(grid(), settings={"rate": 1.0})


def test_each_seed_is_a_search_of_its_own_and_no_cell(notebooks):
    notebooks("10_x")
    stated = grid(seeds=(0, 1))
    assert plan(stated) == []
    searches = plan_searches(stated)
    assert [search.base.name for search in searches] == ["x seed=0", "x seed=1"]
    cell = searches[1].cell({"rate": 0.5, "kind": "a"})
    assert cell.name == "x rate=0.5 kind=a seed=1"
    assert (cell.parameters["seed"], cell.parameters["rate"]) == (1, 0.5)
