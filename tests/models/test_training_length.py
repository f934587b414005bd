"""The ceiling of a training in minutes, and the notes on a training that ended too early."""

import numpy as np
import pandas as pd
import pytest

from textlab.models.training_length import TimeBudget, score_noise, training_notes

LABELS = np.repeat([0, 1], 500)
SETTINGS = {"primary_metric": "macro_recall", "epochs": 12, "budget_minutes": 60.0}
RISING = [0.41, 0.58, 0.65, 0.72]


def notes(scores, ended_by, labels=LABELS):
    history = pd.DataFrame({"validation_macro_recall": scores})
    return training_notes(history, pd.DataFrame({"label": labels}), SETTINGS, ended_by)


class Clock:
    seconds = 1000.0

    def __call__(self):
        return self.seconds


def test_budget_is_spent_after_its_minutes_and_not_before():
    clock = Clock()
    budget = TimeBudget(2, clock=clock)
    clock.seconds += 119
    assert not budget.is_spent()
    clock.seconds += 1
    assert budget.is_spent()


def test_seconds_before_an_interruption_count():
    clock = Clock()
    budget = TimeBudget(2, spent_seconds=100, clock=clock)
    clock.seconds += 19
    assert not budget.is_spent()
    clock.seconds += 1
    assert budget.is_spent()


def test_training_that_ended_while_validation_rose_trained_too_little():
    assert notes(RISING, "epochs") == [
        "This model trained too little: in the last third of its training, validation macro recall still rose from "
        "65.0 to 72.0. Raise epochs (12)."
    ]


def test_steep_second_half_counts_although_the_falling_rate_flattens_the_end():
    scores = [0.10, 0.30, 0.50, 0.60, 0.605, 0.606]
    (note,) = notes(scores, "epochs")
    assert "in the second half of its training, validation macro recall still rose from 50.0 to 60.6." in note
    assert not notes([0.10, 0.30, 0.58, 0.60, 0.605, 0.606], "epochs")


def test_training_that_stopped_because_validation_no_longer_improved_has_no_note():
    assert notes(RISING, "") == []


@pytest.mark.parametrize(
    "scores",
    [
        [0.65],  # a single evaluation shows no trend
        [0.60, 0.70, 0.705, 0.71],  # the rise lies within the noise
        [0.60, 0.70, 0.74, 0.69],  # the last evaluation is not among the best
        [0.0, 0.0, 0.0],
        [1.0, 1.0, 1.0],
    ],
)
def test_scores_that_do_not_rise_by_more_than_noise_give_no_note(scores):
    assert notes(scores, "epochs") == []


def test_few_validation_texts_hide_a_rise():
    assert notes([0.6, 0.65, 0.70], "epochs")
    assert not notes([0.6, 0.65, 0.70], "epochs", LABELS[::20])


def test_training_that_reached_its_budget_says_that_its_scores_depend_on_the_machine():
    depends, rose = notes(RISING, "budget_minutes")
    assert depends == (
        "Training ended at its ceiling of 60 minutes (budget_minutes), so the scores depend on the speed of the "
        "machine."
    )
    assert rose.endswith("Raise budget_minutes (60).")
    assert notes([0.7, 0.7], "budget_minutes") == [depends]


def test_noise_is_the_standard_error_of_macro_recall():
    labels = np.array([0] * 900 + [1] * 100)
    random = np.random.default_rng(0)
    right = random.random((2000, 1000)) < 0.7
    recalls = (right[:, labels == 0].mean(axis=1) + right[:, labels == 1].mean(axis=1)) / 2
    assert score_noise(0.7, labels) == pytest.approx(recalls.std(), rel=0.05)
