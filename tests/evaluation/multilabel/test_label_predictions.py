import numpy as np
import pytest
from sklearn import metrics

from textlab.evaluation.multilabel.label_scores import confused_labels, label_scores, worst_examples
from textlab.evaluation.multilabel.metrics import DECISIVE_METRICS, multilabel_metrics, score_of_arrays
from textlab.evaluation.multilabel.predicting import predict_splits, prior_predictions
from textlab.evaluation.multilabel.predictions import (
    in_words,
    input_columns,
    label_names_of,
    predicted_of,
    predictions_frame,
    probabilities_of,
    truth_of,
)
from textlab.evaluation.multilabel.thresholds import choose_thresholds, thresholds_of


def test_frame_keeps_inputs_labels_and_independent_probabilities(labelled):
    frame = predictions_frame(labelled.test, np.tile([0.9, 0.5, 0.4], (40, 1)), labelled.label_names)
    assert list(frame)[:4] == ["id", "text", "tags", "true_negative"]
    assert input_columns(frame) == ("text",)
    assert label_names_of(frame) == ["negative", "positive", "neutral"]
    assert truth_of(frame)[3].tolist() == [True, True, False]
    assert predicted_of(frame)[0].tolist() == [True, True, False]
    assert in_words(frame).loc[0].to_dict() == {"labels": "(none)", "predicted": "negative, positive"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, r"40 of 40 rows hold a probability that is NaN"),
        (1.5, r"from 1\.5000 to 1\.5000\. .* ends in a sigmoid"),
    ],
)
def test_values_that_are_no_probabilities_are_refused(labelled, value, message):
    with pytest.raises(ValueError, match=message):
        predictions_frame(labelled.test, np.full((40, 3), value), labelled.label_names)
    with pytest.raises(ValueError, match=r"have the shape \(40, 2\)\. Expected \(40, 3\)"):
        predictions_frame(labelled.test, np.zeros((40, 2)), labelled.label_names)


def test_frame_of_classification_is_refused(labelled):
    with pytest.raises(ValueError, match=r"Expected true_<label>, p_<label> and predicted_<label>"):
        label_names_of(labelled.test.assign(p_joy=0.5))


def test_metrics_equal_those_of_scikit_learn(noisy_predictions):
    frame = noisy_predictions(2.0)
    truth, predicted, scores = truth_of(frame), predicted_of(frame), multilabel_metrics(frame)
    for average in ("macro", "micro"):
        assert scores[f"{average}_f1"] == pytest.approx(metrics.f1_score(truth, predicted, average=average))
    assert scores["macro_precision"] == pytest.approx(metrics.precision_score(truth, predicted, average="macro"))
    assert scores["macro_recall"] == pytest.approx(metrics.recall_score(truth, predicted, average="macro"))
    assert scores["subset_accuracy"] == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert scores["hamming_loss"] == pytest.approx(metrics.hamming_loss(truth, predicted))
    ranked = metrics.average_precision_score(truth, probabilities_of(frame), average=None)
    assert scores["average_precision"] == pytest.approx(ranked.mean())
    assert scores["average_precision_neutral"] == pytest.approx(ranked[2])
    assert scores["support_neutral"] == 20


def test_label_without_examples_is_left_out_of_averages(noisy_predictions):
    frame = noisy_predictions(2.0).assign(true_neutral=False)
    scores = multilabel_metrics(frame)
    assert scores["macro_f1"] == pytest.approx((scores["f1_negative"] + scores["f1_positive"]) / 2)
    assert np.isnan(scores["f1_neutral"])
    assert np.isnan(scores["average_precision_neutral"])
    assert scores["support_neutral"] == 0
    assert "neutral" not in label_scores(frame).index


def test_thresholds_maximise_f1_of_each_label_as_trying_all_would():
    random = np.random.default_rng(0)
    truth = random.random((60, 2)) < [0.5, 0.3]
    probabilities = np.clip(0.3 * truth + 0.6 * random.random((60, 2)), 0, 1)
    chosen = choose_thresholds(truth, probabilities)
    for label in range(2):
        tried = [
            metrics.f1_score(truth[:, label], probabilities[:, label] >= t)
            for t in {0.0, 1.0, *probabilities[:, label]}
        ]
        found = metrics.f1_score(truth[:, label], probabilities[:, label] >= chosen[label])
        assert found == pytest.approx(max(tried))


def test_rare_label_gets_the_threshold_that_is_best_for_all_labels_together():
    random = np.random.default_rng(1)
    truth = random.random((200, 3)) < [0.5, 0.4, 0.0]
    truth[:3, 2] = True
    probabilities = np.clip(0.4 * truth + 0.5 * random.random((200, 3)), 0, 1)
    probabilities[:3, 2] = 0.95  # alone, the label would choose a threshold above 0.9
    chosen = choose_thresholds(truth, probabilities)
    assert chosen[2] < 0.6
    assert choose_thresholds(truth[:, :1], probabilities[:, :1])[0] == chosen[0]
    assert choose_thresholds(np.zeros((5, 2), bool), np.full((5, 2), 0.2)).tolist() == [0.5, 0.5]


def test_predictions_of_a_model_follow_the_thresholds_of_validation(labelled):
    class Model:
        def predict_proba(self, examples):
            words = examples["text"].to_list()
            return np.array([["was" in text, "late" in text, "paris" in text] for text in words]) * 0.3 + 0.05

    frames = predict_splits(Model(), labelled)
    assert set(frames) == {"validation", "test"}
    thresholds = thresholds_of(frames["validation"])
    assert list(thresholds) == list(labelled.label_names)
    for frame in frames.values():
        expected = probabilities_of(frame) >= np.array(list(thresholds.values()))
        assert (predicted_of(frame) == expected).all()


def test_baseline_predicts_the_shares_of_training(labelled):
    test = prior_predictions(labelled)["test"]
    assert set(test["p_negative"]) == {0.5}


def test_scores_while_fitting_use_the_best_thresholds(labelled, noisy_predictions):
    frame = noisy_predictions(0.5)
    low = probabilities_of(frame) / 10
    for metric in DECISIVE_METRICS:
        assert 0.5 < score_of_arrays(truth_of(frame), low, metric) <= 1
    with pytest.raises(ValueError, match=r"The metric 'accuracy' cannot decide .* Available: macro_f1, micro_f1"):
        score_of_arrays(truth_of(frame), low, "accuracy")


def test_tables_name_wrong_decisions(noisy_predictions):
    frame = noisy_predictions(2.0)
    scores = label_scores(frame)
    assert (scores["found"] + scores["missed"] == scores["examples"]).all()
    assert scores["f1"].is_monotonic_increasing
    pairs = confused_labels(frame)
    first = pairs.iloc[0]
    both = ~frame[f"predicted_{first['missed']}"] & frame[f"true_{first['missed']}"]
    both &= frame[f"predicted_{first['predicted']}"] & ~frame[f"true_{first['predicted']}"]
    assert first["count"] == both.sum()
    worst = worst_examples(frame, 5)
    assert list(worst) == ["text", "labels", "predicted", "wrong"]
    assert (worst["labels"] != worst["predicted"]).all()
