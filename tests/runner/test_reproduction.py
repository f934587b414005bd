"""Every number of a reproduced run is compared with the original."""

import numpy as np
import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from textlab import record
from textlab.__main__ import app
from textlab.record import Run
from textlab.runner import reproduction

# Logs a score and the predictions of both splits. `shift` is added to a probability.
LOGS = """
import mlflow, pandas as pd
frame = pd.DataFrame({"id": ["1", "2"], "label": ["a", "b"], "predicted": ["a", "b"]})
frame = frame.assign(p_a=[0.75 + shift, 0.25], p_b=[0.25 - shift, 0.75])
with mlflow.start_run():
    mlflow.set_tag("textlab.model", "quick")
    mlflow.log_metric("test_accuracy", 1.0)
    for split in ("validation", "test"):
        frame.to_parquet(f"PLACE/predictions_{split}.parquet")
        mlflow.log_artifact(f"PLACE/predictions_{split}.parquet")
"""


@pytest.fixture
def reproduce(notebooks, run, tmp_path, monkeypatch):
    """Run a notebook, change what it logs by `shift`, and reproduce the run; return the run and the answer."""
    monkeypatch.setattr(reproduction, "REPORTS", tmp_path / "reports")
    source = LOGS.replace("PLACE", str(tmp_path))

    def run_and_reproduce(shift=0.0):
        notebooks("10_logs", "shift = 0.0", source)
        (outcome,), _ = run("10_logs")
        notebooks("10_logs", f"shift = {shift}", source)
        return outcome, CliRunner().invoke(app, ["reproduce", outcome.run_id])

    return run_and_reproduce


def test_run_is_reproduced_to_the_last_digit_and_does_not_count_in_its_grid(reproduce):
    first, answer = reproduce()
    assert answer.exit_code == 0, answer.output
    assert answer.output.strip().endswith("Identical: every metric and prediction is equal to the last digit.")
    assert [each.id for each in record.all_runs("g")] == [first.run_id]
    client = MlflowClient(record.tracking_uri())
    (repeated,) = client.search_runs([client.get_experiment_by_name("reproductions").experiment_id])
    assert repeated.data.tags["textlab.status"] == "done"


def test_reproduction_reports_a_changed_notebook_and_the_probabilities_that_differ(reproduce):
    _, answer = reproduce(shift=0.125)
    assert answer.exit_code == 1, answer.output
    assert "changed since: the notebook changed" in answer.output
    assert "differs: test: the probabilities of 1 of 2 examples differ, by at most 0.12" in answer.output


def test_metrics_that_differ_are_listed():
    first = {"test_accuracy": 0.5, "test_brier": 0.1, "validation_ece": 0.2, "latency_ms": 3.0}
    again = {"test_accuracy": 0.5, "test_brier": np.nextafter(0.1, 1), "fit_seconds": 1.0}
    differences = reproduction._metric_differences(first, again)
    assert differences == [f"test_brier: 0.1 -> {np.nextafter(0.1, 1)}", "validation_ece: 0.2 -> None"]


def test_interval_that_the_report_adds_is_not_a_difference():
    first = {"test_accuracy": 0.5, "test_accuracy_low": 0.4, "test_accuracy_high": 0.6}
    assert reproduction._metric_differences(first, {"test_accuracy": 0.5}) == []


def test_reproduced_student_receives_the_same_run_of_its_teacher(monkeypatch):
    monkeypatch.setattr(reproduction.record, "grid_of", lambda run: "grid")
    monkeypatch.setattr(reproduction, "find_notebook", lambda name: name)
    teacher = Run("t1")
    query = {}

    def runs(experiment, **tags):
        query.update(tags, experiment=experiment)
        return [teacher] if tags["key"] == "k1" else []

    monkeypatch.setattr(reproduction.record, "all_runs", runs)
    run = Run("r1", notebook="20_lstm", gpus=1.0)
    cell = reproduction._recorded_cell(run, {"parameters": {"seed": 3}, "sources": {"teacher": "k1"}})
    assert (cell.parameters, cell.gpus) == ({"seed": 3, "teacher": "t1"}, 1)
    assert query == {"experiment": "grid", "key": "k1", "status": "done"}
    with pytest.raises(ValueError, match="The run that 'teacher' of run r1 builds on is gone"):
        reproduction._recorded_cell(run, {"parameters": {}, "sources": {"teacher": "k2"}})
