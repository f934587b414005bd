import numpy as np
import pandas as pd
import pytest

from textlab.models.validation import (
    evaluations_since_best,
    has_stalled,
    sample_weights,
    validation_measures,
    validation_score,
)

VALIDATION = pd.DataFrame({"id": [0, 1, 2, 3], "text": list("abcd"), "label": [0, 1, 1, 1]})
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])


def test_balanced_weights_count_every_class_alike():
    labels = np.array([0] * 30 + [1] * 10)
    weights = sample_weights(labels, "balanced")
    assert weights.dtype == np.float32
    assert weights[labels == 0].sum() == pytest.approx(weights[labels == 1].sum())
    assert weights.mean() == pytest.approx(1)
    np.testing.assert_allclose(sample_weights(np.array([0, 0, 0, 1]), "balanced"), [2 / 3, 2 / 3, 2 / 3, 2])


def test_weights_are_all_one_where_classes_are_not_weighed():
    weights = sample_weights(np.array([0, 0, 0, 1]), "none")
    assert weights.tolist() == [1, 1, 1, 1]
    assert weights.dtype == np.float32


def test_validation_is_scored_by_the_metric_that_decides():
    assert validation_score(VALIDATION, PROBABILITIES, "accuracy") == 0.75
    assert validation_score(VALIDATION, PROBABILITIES, "macro_recall") == pytest.approx((1 + 2 / 3) / 2)


def test_measures_add_the_cross_entropy():
    measures = validation_measures(VALIDATION, PROBABILITIES, "accuracy")
    expected = -np.log([0.9, 0.8, 0.6, 0.3]).mean()
    assert measures == {"validation_loss": pytest.approx(expected), "validation_accuracy": 0.75}


def test_metric_that_is_no_number_is_refused():
    one_class = VALIDATION.assign(label=1)
    with pytest.raises(ValueError, match=r"roc_auc on validation is nan, probably .* same class\. Give validation"):
        validation_score(one_class, PROBABILITIES, "roc_auc")


@pytest.mark.parametrize(
    ("scores", "since"), [([], 0), ([0.5], 0), ([0.5, 0.6], 0), ([0.6, 0.6], 1), ([0.1, 0.7, 0.2, 0.7, 0.3], 3)]
)
def test_best_evaluation_is_the_first_of_equals(scores, since):
    assert evaluations_since_best(scores) == since


def test_validation_has_stalled_if_neither_score_nor_loss_improves():
    better = {"validation_loss": 0.5, "validation_accuracy": 0.7}
    worse = {"validation_loss": 0.6, "validation_accuracy": 0.6}
    loss_alone = {"validation_loss": 0.4, "validation_accuracy": 0.1}
    assert has_stalled([better, worse, worse], "validation_accuracy", 2)
    assert not has_stalled([better, worse], "validation_accuracy", 2)
    assert not has_stalled([better, worse, loss_alone], "validation_accuracy", 2)
    assert not has_stalled([], "validation_accuracy", 2)
