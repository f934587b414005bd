"""Every number of a reproduced run is compared with the original."""

import numpy as np
import pytest

from textlab.record import Run
from textlab.runner import reproduction


def test_metrics_that_differ_are_listed():
    first = {"test_accuracy": 0.5, "test_brier": 0.1, "validation_ece": 0.2, "latency_ms": 3.0}
    again = {"test_accuracy": 0.5, "test_brier": np.nextafter(0.1, 1), "fit_seconds": 1.0}
    differences = reproduction._metric_differences(first, again)
    assert differences == [f"test_brier: 0.1 -> {np.nextafter(0.1, 1)}", "validation_ece: 0.2 -> None"]


def test_interval_that_the_report_adds_is_not_a_difference():
    first = {"test_accuracy": 0.5, "test_accuracy_low": 0.4, "test_accuracy_high": 0.6}
    assert reproduction._metric_differences(first, {"test_accuracy": 0.5}) == []


def test_probability_that_differs_in_its_last_digit_is_reported():
    old = np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]], np.float32)
    new = old.copy()
    new[0, 1] = np.nextafter(new[0, 1], np.float32(1))
    assert reproduction._probability_differences({"test": old}, {"test": old.copy()}) == []
    (difference,) = reproduction._probability_differences({"test": old}, {"test": new})
    assert difference == "test: the probabilities of 1 of 3 texts differ, by at most 6e-08; 1 texts change their label"
    (difference,) = reproduction._probability_differences({"test": old}, {"test": old[:2]})
    assert difference == "test: 3 texts of 2 classes -> 2 texts of 2"


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
