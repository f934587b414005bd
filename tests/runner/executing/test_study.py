"""A real Optuna study in SQLite chooses trials, which are cells like any other."""

import math

import optuna
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.runner.due.fingerprint import Fingerprint
from textlab.runner.due.outcome import CellStatus, Outcome
from textlab.runner.executing.study import Study, study_name, study_store
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan

FINGERPRINT = Fingerprint("n", {}, "d", {}, {}, {})
SPACES = {"rate": {"low": 0.001, "high": 10, "log": True}, "kind": ["a", "b"]}


def grid(trials=12, spaces=SPACES, **more):
    run = {"notebook": "10_x", "search": {"trials": trials, "parameters": spaces, **more}}
    return Grid.model_validate({"name": "g", "dataset": "airline", "runs": [run]})


def searches_of(grid):
    return plan(grid).searches


def score(cell):
    return -((math.log10(cell.parameters["rate"]) - 0.5) ** 2) - (cell.parameters["kind"] == "b")


@pytest.fixture
def trial(store):
    """Run a trial without a notebook; returns its outcome."""

    def done(cell, study):
        metrics = {"validation_macro_recall": score(cell)}
        return Outcome(cell, CellStatus.DONE, "r", 1.0, None, store, metrics)

    return done


@pytest.fixture
def recorded_trial(trial):
    """Run a trial and record it as the runner does; returns its outcome."""
    experiment = record.prepare_store("g")

    def done(cell, study):
        run_id = record.open_run(experiment, cell.name, "10_x", cell.key, cell.recorded_parameters, study.run_id)
        outcome = trial(cell, study)
        record.log_metrics(run_id, outcome.metrics)
        record.close_run(run_id, "done")
        return outcome

    return done


def opened(search, jobs=1, name=None):
    name = name or study_name("g", search, FINGERPRINT)
    return Study(name, record.prepare_store("g"), search, jobs)


def searched(study, trial):
    """Continue a study until it is over; returns the cells in the order in which they ended."""
    waiting, ended = [], []
    while not study.is_over:
        waiting += study.next_cells()
        if waiting:
            ended.append(waiting.pop())  # the last to start is the first to end
            study.add(trial(ended[-1], study))
    study.close()
    return ended


def test_search_finds_the_best_trial_and_records_it(notebooks, recorded_trial):
    notebooks("10_x")
    (search,) = searches_of(grid(trials=25))
    study = opened(search)
    ended = searched(study, recorded_trial)
    best = max(ended, key=score)
    assert score(best) > -0.1
    parent = MlflowClient(record.tracking_uri()).get_run(study.run_id)
    assert (parent.info.status, parent.data.tags["textlab.best"]) == ("FINISHED", best.name)
    assert parent.data.metrics == {"validation_macro_recall": pytest.approx(score(best))}
    assert {run.parent for run in record.all_runs("g")} == {study.run_id}


@pytest.mark.parametrize("jobs", [1, 3])
def test_same_seed_chooses_the_same_trials_whatever_the_order_in_which_they_end(notebooks, trial, jobs):
    notebooks("10_x")
    (search,) = searches_of(grid(trials=12))
    chosen = []
    for name in ("backwards", "forwards"):
        study = opened(search, jobs, name)
        waiting = []
        while not study.is_over:
            waiting += study.next_cells()
            study.add(trial(waiting.pop(-1 if name == "backwards" else 0), study))
        chosen.append([cell.key for cell in study._cells])
    assert chosen[0] == chosen[1]
    (other,) = searches_of(grid(trials=12, seed=1))
    study = opened(other, jobs)
    searched(study, trial)
    assert [cell.key for cell in study._cells] != chosen[0]


def test_interrupted_search_continues_with_the_trials_that_it_would_have_chosen(notebooks, trial):
    notebooks("10_x")
    (search,) = searches_of(grid(trials=12))
    whole = opened(search, name="whole")
    searched(whole, trial)
    begun = opened(search, name="cut off")
    outcomes = [trial(cell, begun) for cell in begun.next_cells()]  # killed before the outcome was added
    resumed = opened(search, name="cut off")
    assert [cell.key for cell in resumed.next_cells()] == [outcome.cell.key for outcome in outcomes]
    resumed.add(outcomes[0])
    searched(resumed, trial)
    assert [cell.key for cell in resumed._cells] == [cell.key for cell in whole._cells]
    stored = optuna.load_study(study_name="cut off", storage=study_store())
    assert [each.state.name for each in stored.trials] == ["COMPLETE"] * 12


def test_study_with_few_choices_repeats_none_and_ends(notebooks, trial):
    notebooks("10_x")
    (search,) = searches_of(grid(trials=8, spaces={"kind": ["a", "b"], "rate": [1.0]}))
    study = opened(search)
    assert len(searched(study, trial)) == 2
    stored = optuna.load_study(study_name=study.name, storage=study_store())
    assert [each.state.name for each in stored.trials] == ["COMPLETE"] * 8


LOGS = """import mlflow
with mlflow.start_run(): mlflow.log_metric("validation_macro_recall", rate)
if kind == "b": raise ValueError("no")"""


def test_trials_are_executed_like_cells_and_once(notebooks, run):
    notebooks("10_x", LOGS)
    stated = grid(trials=4).model_dump(exclude_defaults=True)["runs"][0]
    outcomes, _ = run(stated, jobs=2)
    assert {outcome.status for outcome in outcomes} <= {"done", "failed"}
    assert len(outcomes) == 4
    again, _ = run(stated, jobs=2)
    assert {outcome.status for outcome in again} <= {"done before", "failed before"}
    assert {outcome.run_id for outcome in again} == {outcome.run_id for outcome in outcomes}
    assert len(record.all_runs("g")) == 4
