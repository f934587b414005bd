"""A run that is repeated gives the same numbers to the last digit, whatever the family; what differs is said."""

import numpy as np
import pytest

from textlab.record import Run
from textlab.runner.due import reproduction


def test_numbers_that_differ_are_named():
    first = {"test_accuracy": 0.5, "test_brier": 0.1, "validation_ece": 0.2, "latency_ms": 3.0}
    again = {"test_accuracy": 0.5, "test_brier": np.nextafter(0.1, 1), "fit_seconds": 1.0}
    told = reproduction._metric_differences(first, again)
    assert told == [f"test_brier: 0.1 -> {np.nextafter(0.1, 1)}", "validation_ece: 0.2 -> None"]


def test_what_the_report_adds_to_a_run_is_no_difference():
    first = {"test_accuracy": 0.5, "test_accuracy_low": 0.4, "test_accuracy_high": 0.6}
    assert reproduction._metric_differences(first, {"test_accuracy": 0.5}) == []


def test_probability_that_differs_in_its_last_digit_is_found():
    old = np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]], np.float32)
    new = old.copy()
    new[0, 1] = np.nextafter(new[0, 1], np.float32(1))
    assert reproduction._probability_differences({"test": old}, {"test": old.copy()}) == []
    (told,) = reproduction._probability_differences({"test": old}, {"test": new})
    assert told == "test: the probabilities of 1 of 3 texts, by at most 6e-08; 1 are classified otherwise"
    (told,) = reproduction._probability_differences({"test": old}, {"test": old[:2]})
    assert told == "test: 3 texts of 2 classes -> 2 of 2"


def test_run_that_built_on_another_gets_that_very_run_again(monkeypatch):
    monkeypatch.setattr(reproduction.record, "grid_of", lambda run: "grid")
    monkeypatch.setattr(reproduction, "notebook_path", lambda name: name)
    teacher = Run("t1")
    asked = {}

    def runs(experiment, **tags):
        asked.update(tags, experiment=experiment)
        return [teacher] if tags["key"] == "k1" else []

    monkeypatch.setattr(reproduction.record, "all_runs", runs)
    run = Run("r1", notebook="20_lstm", gpus=1.0)
    cell = reproduction._cell(run, {"parameters": {"seed": 3}, "sources": {"teacher": "k1"}})
    assert (cell.parameters, cell.gpus) == ({"seed": 3, "teacher": "t1"}, 1)
    assert asked == {"experiment": "grid", "key": "k1", "status": "done"}
    with pytest.raises(ValueError, match="The run that 'teacher' of run r1 builds on is gone"):
        reproduction._cell(run, {"parameters": {}, "sources": {"teacher": "k2"}})
