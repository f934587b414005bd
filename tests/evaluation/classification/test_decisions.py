import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.classification.decision_scores import Totals, score, score_names
from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.classification.metrics import decision_metrics


def totals_of(frame: pd.DataFrame) -> tuple[Totals, tuple[str, ...]]:
    decisions = decisions_of({"bert": frame})
    classes = np.arange(len(decisions.label_names))
    labelled, predicted = decisions.labels == classes[:, None], decisions.predicted[0] == classes[:, None]
    counts = (part.sum(axis=1).astype(float) for part in (labelled & predicted, predicted, labelled))
    return Totals(*counts), decisions.label_names


@pytest.mark.parametrize("class_count", [2, 3, 4])
def test_scores_from_totals_equal_scores_from_the_frame(random_predictions, class_count):
    frame = random_predictions(class_count)
    totals, names = totals_of(frame)
    expected = decision_metrics(frame)
    for metric in score_names(names):
        assert score(metric, totals, names) == pytest.approx(expected[metric], abs=1e-12), metric
    assert {name for name in expected if not name.startswith("support")} == set(score_names(names))


def test_class_without_texts_is_left_out_of_macro_averages_and_has_no_score(random_predictions):
    frame = random_predictions(3)
    frame = frame[frame["label"] != "optimism"]
    totals, names = totals_of(frame)
    for metric in ("macro_recall", "macro_f1", "macro_precision"):
        assert score(metric, totals, names) == pytest.approx(decision_metrics(frame)[metric])
    assert np.isnan(score("f1_optimism", totals, names))


def test_class_that_is_never_predicted_scores_zero_and_not_nan(predict):
    totals, names = totals_of(predict([0, 1, 1], [[0.9, 0.1]] * 3))
    assert score("precision_positive", totals, names) == 0
    assert score("matthews", totals, names) == 0


def test_stacked_totals_give_stacked_scores(random_predictions):
    pairs = [totals_of(random_predictions(3, seed=seed)) for seed in range(4)]
    stacked = Totals(*(np.stack([getattr(t, part) for t, _ in pairs]) for part in ("correct", "predicted", "labelled")))
    names = pairs[0][1]
    assert score("macro_f1", stacked, names).tolist() == [score("macro_f1", totals, names) for totals, _ in pairs]


def test_ranking_metric_raises_and_the_error_lists_the_available_ones(random_predictions):
    totals, names = totals_of(random_predictions(2))
    with pytest.raises(
        ValueError, match=r"'roc_auc' cannot be computed from predicted classes alone\. Choose from accuracy, "
    ):
        score("roc_auc", totals, names)


@pytest.mark.parametrize(
    ("column", "value"), [("id", "t999"), ("text", "another text"), ("label", "joy")], ids=["id", "text", "label"]
)
def test_different_test_sets_raise(random_predictions, column, value):
    one, other = random_predictions(2), random_predictions(2, seed=1)
    row = other.index[other["label"] == "anger"][0]
    other.loc[row, column] = value
    with pytest.raises(ValueError, match=f"Test sets differ: the texts of 'a' and 'b' differ in {column}"):
        decisions_of({"a": one, "b": other})


def test_error_states_the_sizes_of_different_test_sets(random_predictions):
    with pytest.raises(ValueError, match="'a' was tested on 400 texts and 'b' on 399"):
        decisions_of({"a": random_predictions(2), "b": random_predictions(2)[1:]})


def test_models_of_different_classes_raise(random_predictions):
    with pytest.raises(ValueError, match="'a' has the classes anger and joy, and 'b' has anger, joy and optimism"):
        decisions_of({"a": random_predictions(2), "b": random_predictions(3)})


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_error_about_an_invalid_probability_names_the_model(random_predictions, broken):
    frame = random_predictions(2)
    frame.loc[[3, 5], "p_joy"] = broken
    with pytest.raises(ValueError, match="'lstm': 2 of 400 rows hold a probability that is NaN or infinite"):
        decisions_of({"bert": random_predictions(2), "lstm": frame})


def test_no_predictions_raise():
    with pytest.raises(ValueError, match="There are no predictions"):
        decisions_of({})
