"""Runs are written to a real SQLite store and read back as plain values."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.record import Run, Status
from textlab.record.limits import DATASET_NAME, shortened
from textlab.record.notebook_run import log_description, log_training_data

# The tags of a run of the grid demo, as textlab 0.5 wrote them in MLflow.
EARLIER = {
    "mlflow.parentRunId": "c5614b5f79b848bc8c4f3d800b96d4c6",
    "mlflow.source.name": "notebooks/10_logistic_regression.ipynb",
    "textlab.cell": "10_logistic_regression-6274d03142",
    "textlab.champion": "true",
    "textlab.dataset": "air_paradis",
    "textlab.dataset_digest": "8400398bf6",
    "textlab.dataset_version": "1",
    "textlab.fingerprint": '{"data":"8400398bf6","notebook":"n1"}',
    "textlab.gpus": "0.5",
    "textlab.key": "0b23481439aa0454c67c66f5a7a244d1",
    "textlab.machine": "Linux, Intel(R) Xeon(R) Processor, 2 cores, 25 GB of memory",
    "textlab.memory": "2680985600",
    "textlab.model": "logistic_regression",
    "textlab.notebook": "10_logistic_regression",
    "textlab.parameters": '{"dataset": "air_paradis", "features": "word_char", "seed": 3}',
    "textlab.seconds": "22.9",
    "textlab.seed": "3",
    "textlab.status": "done",
    "textlab.study": "demo/10-abc",
    "textlab.threads": "2",
}


@pytest.fixture
def grid(store):
    return record.prepare_store("grid")


def mlflow_run(run_id):
    return MlflowClient(record.tracking_uri()).get_run(run_id)


def opened(grid, cell="cell-a", **more):
    return record.open_run(grid, "a", "10_x", cell, {"seed": 0}, **more)


def test_run_of_an_earlier_version_can_be_read(grid):
    client = MlflowClient(record.tracking_uri())
    run_id = client.create_run(grid, start_time=1_000, run_name="logistic regression", tags=EARLIER).info.run_id
    client.log_metric(run_id, "test_accuracy", 0.5)
    client.set_terminated(run_id, "FINISHED", end_time=9_000)
    assert record.get_run(run_id) == Run(
        id=run_id,
        experiment_id=grid,
        cell="10_logistic_regression-6274d03142",
        name="logistic regression",
        notebook="10_logistic_regression",
        status=Status.DONE,
        is_open=False,
        model="logistic_regression",
        task="classification",
        inputs=("text",),
        dataset="air_paradis",
        dataset_version="1",
        dataset_digest="8400398bf6",
        seed=3,
        parameters={"dataset": "air_paradis", "features": "word_char", "seed": 3},
        metrics={"test_accuracy": 0.5},
        key="0b23481439aa0454c67c66f5a7a244d1",
        fingerprint={"data": "8400398bf6", "notebook": "n1"},
        started=datetime.fromtimestamp(1, UTC),
        ended=datetime.fromtimestamp(9, UTC),
        seconds=22.9,
        memory=2680985600,
        threads=2,
        gpus=0.5,
        machine="Linux, Intel(R) Xeon(R) Processor, 2 cores, 25 GB of memory",
        error="",
        study="demo/10-abc",
        parent="c5614b5f79b848bc8c4f3d800b96d4c6",
        is_champion=True,
    )


def test_run_states_the_inputs_of_its_model(grid):
    run_id = opened(grid)
    data = {"name": "shop", "version": "1", "digest": "d1"}
    log_description(run_id, "text_image", "classification", ("text", "image"), data, 0, {"fusion": "late"})
    assert record.get_run(run_id).inputs == ("text", "image")
    assert mlflow_run(run_id).data.params["inputs"] == "text,image"


def test_run_without_any_tag_of_textlab_has_no_cell_and_an_unknown_status(grid):
    run = record.get_run(MlflowClient(record.tracking_uri()).create_run(grid).info.run_id)
    assert (run.cell, run.status, run.model, run.seed, run.is_open) == ("", Status.UNKNOWN, None, None, True)


def test_run_is_frozen():
    run = Run("r1", status=Status.RUNNING)
    with pytest.raises(FrozenInstanceError):
        run.status = Status.DONE


@pytest.mark.parametrize(
    ("stored", "status"),
    [
        ("running", Status.RUNNING),
        ("done", Status.DONE),
        ("failed", Status.FAILED),
        ("timed out", Status.TIMED_OUT),
        ("died", Status.DIED),
        ("interrupted", Status.INTERRUPTED),
        ("blocked", Status.BLOCKED),
        ("evaporated", Status.UNKNOWN),
    ],
)
def test_status_is_spelled_as_in_existing_stores(stored, status):
    assert Status(stored) is status
    assert status.is_finished() is (stored not in ("running", "evaporated"))


def test_opened_run_has_every_value_that_the_runner_passed(grid):
    run_id = opened(grid, key="k1", fingerprint='{"notebook": "n1"}', threads=2, gpus=0.5, study="s")
    run = record.get_run(run_id)
    assert (run.name, run.notebook, run.cell, run.parameters) == ("a", "10_x", "cell-a", {"seed": 0})
    assert (run.status, run.is_open, run.seconds, run.ended) == (Status.RUNNING, True, None, None)
    assert (run.key, run.fingerprint, run.threads, run.gpus, run.study) == ("k1", {"notebook": "n1"}, 2, 0.5, "s")
    assert mlflow_run(run_id).data.tags["mlflow.source.name"] == "notebooks/10_x.ipynb"


def test_closed_run_has_the_verdict_its_costs_and_the_notebook(grid, tmp_path):
    (tmp_path / "cell-a.ipynb").write_text("{}")
    run_id = opened(grid)
    record.close_run(run_id, "died", "Out of memory.", [tmp_path / "cell-a.ipynb"], seconds=1.25, memory=4096)
    run = record.get_run(run_id)
    assert (run.status, run.error, run.seconds, run.memory) == (Status.DIED, "Out of memory.", 1.2, 4096)
    assert not run.is_open
    assert record.artifact(run_id, "notebook/cell-a.ipynb").read_text() == "{}"


@pytest.mark.parametrize(
    ("status", "in_mlflow"),
    [("done", "FINISHED"), ("interrupted", "KILLED"), ("failed", "FAILED"), ("timed out", "FAILED")],
)
def test_mlflow_shows_the_verdict_in_its_own_terms(grid, status, in_mlflow):
    run_id = opened(grid)
    record.close_run(run_id, status)
    assert mlflow_run(run_id).info.status == in_mlflow


def test_duration_by_mlflows_clock_is_never_negative(grid):
    client = MlflowClient(record.tracking_uri())
    run_id = client.create_run(grid, start_time=9_000).info.run_id
    client.set_terminated(run_id, end_time=5_000)  # the clock was moved back in between
    assert record.get_run(run_id).seconds == 0
    client.set_terminated(run_id, end_time=11_500)
    assert record.get_run(run_id).seconds == 2.5


def test_newest_run_represents_its_cell(grid):
    first = opened(grid)
    record.close_run(first, "failed", "ValueError: no")
    second = opened(grid)
    record.close_run(second, "done")
    other = opened(grid, "cell-b")
    record.close_run(other, "interrupted", "Interrupted.")
    found = record.runs("grid", ["cell-b", "cell-a", "cell-c"])
    assert [run.id for run in found] == [other, second]
    assert [mlflow_run(run.id).info.status for run in found] == ["KILLED", "FINISHED"]
    assert record.get_run(first).error == "ValueError: no"


def test_chosen_run_replaces_the_newest(grid):
    first, _ = opened(grid), opened(grid)
    assert [run.id for run in record.runs("grid", ["cell-a"], {"cell-a": first})] == [first]


def test_runs_are_filtered_by_cell_key_and_status(grid):
    first, second = opened(grid, key="k1"), opened(grid, "cell-b", key="k2")
    record.close_run(second, "done")
    assert [run.id for run in record.all_runs("grid")] == [second, first]
    assert [run.id for run in record.all_runs("grid", cell="cell-a")] == [first]
    assert [run.id for run in record.all_runs("grid", key="k2", status=Status.DONE)] == [second]
    assert record.all_runs("grid", key="k1", status=Status.DONE) == []


def test_every_page_of_runs_is_read(grid, monkeypatch):
    monkeypatch.setattr("textlab.record.reading.PAGE", 2)
    ids = [opened(grid, f"cell-{number}") for number in range(5)]
    assert [run.id for run in record.all_runs("grid")] == ids[::-1]


def test_runs_that_execute_no_cell_are_left_out(grid):
    with record.grid_run("grid"):
        record.open_search(grid, "search x", "study")
    assert record.all_runs("grid") == []


def test_unknown_grid_is_refused_and_the_known_ones_are_listed(grid):
    with pytest.raises(ValueError, match=r"no experiment 'grit'.*grid"):
        record.runs("grit")


def test_reading_the_runs_so_far_creates_neither_a_store_nor_a_grid(store, tmp_path, monkeypatch):
    assert record.runs_so_far("new") == []
    assert MlflowClient(record.tracking_uri()).get_experiment_by_name("new") is None
    monkeypatch.setattr("textlab.paths.MLRUNS", tmp_path / "nowhere")
    assert record.runs_so_far("new") == []
    assert not (tmp_path / "nowhere").exists()


def test_runs_are_nested_under_their_grid_and_trials_under_their_search(grid):
    with record.grid_run("grid", dataset="air_paradis") as parent:
        search = record.open_search(grid, "search x", "study")
        cell, trial = opened(grid), opened(grid, "cell-b", parent=search)
    assert record.open_search(grid, "search x", "study") == search
    assert [record.get_run(run_id).parent for run_id in (cell, search, trial)] == [parent, parent, search]
    assert record.get_run(parent).dataset == "air_paradis"


def test_annotated_run_has_its_new_name_and_metrics_and_keeps_its_parent(grid):
    run_id, other = opened(grid, parent="above"), opened(grid, "cell-b")
    record.annotate(
        record.get_run(run_id), name="lstm", parent="other", is_champion=True, note="*good*", metrics={"a": 1.0}
    )
    record.annotate(record.get_run(other), parent="above")
    run = record.get_run(run_id)
    assert (run.name, run.parent, run.is_champion, run.metrics) == ("lstm", "above", True, {"a": 1.0})
    assert mlflow_run(run_id).data.tags["mlflow.note.content"] == "*good*"
    assert record.get_run(other).parent == "above"


@pytest.mark.parametrize(
    ("status", "message"),
    [("failed", "is not finished but 'failed'"), ("done", "has logged no model")],
)
def test_run_that_is_not_done_or_has_no_model_is_refused(grid, status, message):
    run_id = opened(grid)
    record.close_run(run_id, status)
    with pytest.raises(ValueError, match=message):
        record.finished_run(run_id)


def test_run_that_does_not_exist_or_was_deleted_is_refused(grid):
    run_id = opened(grid)
    MlflowClient(record.tracking_uri()).delete_run(run_id)
    for unknown in (run_id, "0" * 32):
        with pytest.raises(ValueError, match=f"MLflow has no run '{unknown}'"):
            record.finished_run(unknown)


def test_metrics_of_a_class_with_a_long_name_are_logged(grid):
    run_id = opened(grid)
    metrics = {f"test_f1_{'x' * 260}{end}": value for end, value in (("a", 0.25), ("b", 0.5))}
    record.log_metrics(run_id, metrics | {"test_f1_c": 0.75})
    run = record.get_run(run_id)
    assert sorted(run.metrics.values()) == [0.25, 0.5, 0.75]
    assert run.metrics["test_f1_c"] == 0.75
    record.annotate(run, metrics=metrics)
    assert record.get_run(run_id).metrics == run.metrics


def test_dataset_with_a_long_name_is_logged(grid):
    mlflow.set_tracking_uri(record.tracking_uri())
    names = [f"file:{'folder/' * 100}{end}.csv" for end in ("a", "b")]
    with mlflow.start_run(experiment_id=grid) as run:
        for name in names:
            log_training_data(pd.DataFrame({"label": [0, 1]}), name, "0123")
    logged = [each.dataset.name for each in mlflow.get_run(run.info.run_id).inputs.dataset_inputs]
    assert sorted(logged) == sorted(shortened(name, DATASET_NAME) for name in names)
