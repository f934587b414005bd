"""Thresholds move towards rare classes if validation gains from it; which classes are rare."""

import numpy as np
import pytest
from tiny_data import tiny_imbalanced_dataset

from textlab.evaluation.classification.class_scores import class_intervals
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.classification.rarity import rare_classes
from textlab.evaluation.classification.threshold_moving import move_thresholds

SHARES = {"negative": 14 / 15, "positive": 1 / 15}


def predictions(of_rare, of_frequent, split="validation"):
    """Predictions of a model that gives the rare class `of_rare` where it is right and `of_frequent` elsewhere."""
    dataset = tiny_imbalanced_dataset()
    examples = getattr(dataset, split)
    rare = np.where(examples["label"] == 1, of_rare, of_frequent)
    return predictions_frame(examples, np.column_stack([1 - rare, rare]), dataset.label_names)


def test_class_that_is_ranked_well_but_never_predicted_is_found_after_moving():
    rule = move_thresholds(predictions(0.3, 0.05), SHARES, "macro_recall")
    assert rule.score == 1
    assert rule.costs["negative"] == 1
    assert rule.costs["positive"] == pytest.approx(14**rule.power)
    moved = rule.applied(predictions(0.3, 0.05, "test"))
    assert (moved["predicted"] == moved["label"]).all()


def test_least_movement_that_reaches_the_best_score_is_chosen():
    assert move_thresholds(predictions(0.3, 0.05), SHARES, "macro_recall").power == 0.5  # 0.3 * 14^0.5 > 0.7


def test_decisions_that_are_right_stay():
    rule = move_thresholds(predictions(0.9, 0.1), SHARES, "macro_f1")
    assert rule.power == 0
    frame = predictions(0.9, 0.1, "test")
    assert rule.applied(frame) is frame


def test_model_that_favours_the_rare_class_too_much_moves_back():
    rule = move_thresholds(predictions(0.9, 0.6), SHARES, "macro_recall")
    assert rule.power < 0
    assert rule.score == 1


@pytest.mark.parametrize(
    ("shares", "rare"),
    [
        ({"a": 0.85, "b": 0.06, "c": 0.09}, ["b", "c"]),
        ({"a": 0.9, "b": 0.1}, []),
        ({str(number): 0.05 for number in range(20)}, []),
        ({str(number): 0.051 for number in range(19)} | {"few": 0.02}, ["few"]),
    ],
)
def test_class_is_rare_below_a_tenth_and_below_half_of_an_equal_share(shares, rare):
    assert rare_classes(shares) == rare


def test_intervals_of_a_rare_class_are_wide_and_hold_its_scores():
    table = class_intervals(predictions(0.6, 0.1).assign(predicted="negative"), ["negative", "positive"])
    assert table.loc["negative", "precision_low"] < 14 / 15 < table.loc["negative", "precision_high"]
    # None of 8 is found on any resample: Wilson's interval of 0 of 8.
    assert table.loc["positive", "recall_low"] == 0
    assert table.loc["positive", "recall_high"] == pytest.approx(0.324, abs=1e-3)
    assert np.isnan(table.loc["positive", "precision_high"])  # of no flags, nothing is known
