import logging
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from textlab.evaluation.classification import metrics
from textlab.evaluation.classification.metrics import DECISIVE_METRICS, classification_metrics, metric_name
from textlab.evaluation.classification.predictions import probabilities_of


@pytest.mark.parametrize("class_count", [2, 3, 4])
def test_metrics_of_predicted_classes_equal_those_of_scikit_learn(random_predictions, class_count):
    frame = random_predictions(class_count)
    labels, predicted = frame["label"], frame["predicted"]
    scores = classification_metrics(frame)
    assert scores["accuracy"] == pytest.approx((labels == predicted).mean())
    assert scores["macro_recall"] == pytest.approx(sklearn_metrics.balanced_accuracy_score(labels, predicted))
    assert scores["macro_precision"] == pytest.approx(
        sklearn_metrics.precision_score(labels, predicted, average="macro")
    )
    assert scores["macro_f1"] == pytest.approx(sklearn_metrics.f1_score(labels, predicted, average="macro"))
    assert scores["matthews"] == pytest.approx(sklearn_metrics.matthews_corrcoef(labels, predicted))


@pytest.mark.parametrize("class_count", [3, 4])
def test_three_or_more_classes_are_ranked_one_against_the_rest(random_predictions, class_count):
    frame = random_predictions(class_count)
    labels, probabilities = frame["label"], probabilities_of(frame).astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    scores = classification_metrics(frame)
    one_hot = np.eye(class_count)[labels.factorize(sort=True)[0]]
    assert scores["roc_auc"] == pytest.approx(
        sklearn_metrics.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")
    )
    assert scores["average_precision"] == pytest.approx(
        sklearn_metrics.average_precision_score(one_hot, probabilities, average="macro")
    )
    assert scores["brier"] == pytest.approx(np.mean(np.sum((probabilities - one_hot) ** 2, axis=1)), abs=1e-6)


def test_ranking_metrics_of_two_classes_refer_to_the_last(random_predictions):
    frame = random_predictions(2)
    positive = frame["label"] == "joy"
    scores = classification_metrics(frame)
    assert scores["roc_auc"] == pytest.approx(sklearn_metrics.roc_auc_score(positive, frame["p_joy"]))
    assert scores["average_precision"] == pytest.approx(
        sklearn_metrics.average_precision_score(positive, frame["p_joy"])
    )
    assert scores["brier"] == pytest.approx(sklearn_metrics.brier_score_loss(positive, frame["p_joy"]))


def test_metrics_of_each_class_by_hand(predict):
    # Two of three negative texts are found, and one of two positive texts.
    scores = classification_metrics(
        predict([0, 0, 0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6], [0.6, 0.4]])
    )
    assert (scores["support_negative"], scores["support_positive"]) == (3, 2)
    assert scores["recall_negative"] == pytest.approx(2 / 3)
    assert scores["precision_positive"] == pytest.approx(1 / 2)
    assert scores["f1_negative"] == pytest.approx(2 / 3)
    assert scores["macro_recall"] == pytest.approx((2 / 3 + 1 / 2) / 2)


@pytest.mark.parametrize("class_count", [2, 3, 4])
def test_perfect_classifier_has_perfect_scores(predict, class_count):
    labels = list(range(class_count)) * 3
    scores = classification_metrics(predict(labels, np.eye(class_count)[labels], list("abcd")[:class_count]))
    best_is_zero = {"brier", "ece"}
    for name, value in scores.items():
        if not name.startswith("support_"):
            assert value == pytest.approx(0 if name in best_is_zero else 1), name


def test_uninformative_model_ranks_at_chance(predict):
    scores = classification_metrics(predict([0, 1, 1, 1], [[0.5, 0.5]] * 4))
    assert scores["roc_auc"] == pytest.approx(0.5)
    assert scores["average_precision"] == pytest.approx(0.75)
    assert scores["matthews"] == 0


def test_class_without_texts_is_left_out_of_the_means_with_a_warning(predict, caplog):
    probabilities = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.3, 0.6, 0.1]]
    with caplog.at_level(logging.WARNING):
        scores = classification_metrics(predict([0, 1, 0, 1], probabilities, ("a", "b", "c")))
    assert scores["support_c"] == 0
    assert all(math.isnan(scores[f"{kind}_c"]) for kind in ("precision", "recall", "f1"))
    assert scores["macro_recall"] == pytest.approx((1 / 2 + 1) / 2)
    # One of the four pairs of a is in the wrong order (0.2 below 0.3). All pairs of b are in order.
    assert scores["roc_auc"] == pytest.approx((3 / 4 + 1) / 2)
    assert "roc_auc_score leaves out c: none of the 4 rows, or all of them, have the class." in caplog.text


def test_ranking_metrics_of_a_single_class_are_nan(predict, caplog):
    scores = classification_metrics(predict([1, 1], [[0.2, 0.8], [0.6, 0.4]]))
    assert math.isnan(scores["roc_auc"])
    assert math.isnan(scores["average_precision"])
    assert scores["macro_recall"] == 0.5
    assert "leaves out positive:" in caplog.text


def test_precision_of_a_class_that_is_never_predicted_is_zero(predict):
    scores = classification_metrics(predict([0, 1], [[0.9, 0.1], [0.8, 0.2]]))
    assert scores["precision_positive"] == 0
    assert scores["macro_precision"] == pytest.approx(0.25)


def test_unknown_label_is_named_in_the_error(predict):
    frame = predict([0, 1], np.eye(2)).assign(label=["negative", "mixed"])
    message = "The column 'label' holds mixed. The frame has probabilities only for negative and positive."
    with pytest.raises(ValueError, match=re.escape(message)):
        classification_metrics(frame)


def test_frame_without_rows_raises(predict):
    with pytest.raises(ValueError, match=r"The predictions have no rows\. Pass at least one\."):
        classification_metrics(predict([0], [[1, 0]]).head(0))


def test_metric_names_of_any_class_are_valid_in_mlflow(predict):
    scores = classification_metrics(predict([0, 1], np.eye(2), ("❤", "très bien/ok")))
    assert metric_name("❤") == "U2764"
    assert {"recall_U2764", "recall_très bienU2Fok"} <= set(scores)
    assert all(re.fullmatch(r"[/\w.\- :]+", name) for name in scores)  # MLflow's rule


def test_every_decisive_metric_exists_and_is_higher_for_better_predictions(random_predictions):
    frame = random_predictions(3)
    perfect = frame.assign(label=frame["predicted"])
    scores, best = classification_metrics(frame), classification_metrics(perfect)
    assert all(best[name] > scores[name] for name in DECISIVE_METRICS)


def test_log_experiment_is_imported_without_scikit_learn():
    code = "import sys, textlab.experiment; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_metrics_module_does_not_repeat_functions_of_the_frame():
    assert not hasattr(metrics, "predictions_frame")
    assert not hasattr(metrics, "most_confident_mistakes")
