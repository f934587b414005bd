import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.classification.decisions import Totals, decisions_of, score, score_names
from textlab.evaluation.classification.metrics import decision_metrics


def totals_of(frame: pd.DataFrame) -> tuple[Totals, tuple[str, ...]]:
    decisions = decisions_of({"bert": frame})
    classes = np.arange(len(decisions.label_names))
    labelled, predicted = decisions.labels == classes[:, None], decisions.predicted[0] == classes[:, None]
    counts = (part.sum(axis=1).astype(float) for part in (labelled & predicted, predicted, labelled))
    return Totals(*counts), decisions.label_names


@pytest.mark.parametrize("class_count", [2, 3, 4])
def test_every_score_of_the_totals_is_the_score_of_the_frame(random_predictions, class_count):
    frame = random_predictions(class_count)
    totals, names = totals_of(frame)
    expected = decision_metrics(frame)
    for metric in score_names(names):
        assert score(metric, totals, names) == pytest.approx(expected[metric], abs=1e-12), metric
    assert {name for name in expected if not name.startswith("support")} == set(score_names(names))


def test_a_label_without_a_text_is_left_out_of_the_mean_and_has_no_score(random_predictions):
    frame = random_predictions(3)
    frame = frame[frame["label"] != "optimism"]
    totals, names = totals_of(frame)
    for metric in ("macro_recall", "macro_f1", "macro_precision"):
        assert score(metric, totals, names) == pytest.approx(decision_metrics(frame)[metric])
    assert np.isnan(score("f1_optimism", totals, names))


def test_a_class_that_is_never_predicted_scores_nothing_rather_than_nan(predict):
    totals, names = totals_of(predict([0, 1, 1], [[0.9, 0.1]] * 3))
    assert score("precision_positive", totals, names) == 0
    assert score("matthews", totals, names) == 0


def test_many_totals_are_scored_at_once(random_predictions):
    pairs = [totals_of(random_predictions(3, seed=seed)) for seed in range(4)]
    stacked = Totals(*(np.stack([getattr(t, part) for t, _ in pairs]) for part in ("correct", "predicted", "labelled")))
    names = pairs[0][1]
    assert score("macro_f1", stacked, names).tolist() == [score("macro_f1", totals, names) for totals, _ in pairs]


def test_ranking_metric_is_refused_with_those_that_can_be_read_from_decisions(random_predictions):
    totals, names = totals_of(random_predictions(2))
    with pytest.raises(ValueError, match=r"'roc_auc' cannot be read from decisions alone\. Available: accuracy, "):
        score("roc_auc", totals, names)


@pytest.mark.parametrize(
    ("column", "value"), [("id", "t999"), ("text", "another text"), ("label", "joy")], ids=["id", "text", "label"]
)
def test_runs_on_different_test_sets_are_never_compared(random_predictions, column, value):
    one, other = random_predictions(2), random_predictions(2, seed=1)
    row = other.index[other["label"] == "anger"][0]
    other.loc[row, column] = value
    with pytest.raises(ValueError, match=rf"never compared: 'a' and 'b' differ in the column\(s\) \['{column}'\]"):
        decisions_of({"a": one, "b": other})


def test_test_sets_of_different_length_are_told_by_their_length(random_predictions):
    with pytest.raises(ValueError, match="'a' was tested on 400 texts and 'b' on 399"):
        decisions_of({"a": random_predictions(2), "b": random_predictions(2)[1:]})


def test_models_of_different_classes_are_refused(random_predictions):
    with pytest.raises(ValueError, match=r"'a' has \['anger', 'joy'\], 'b' has \['anger', 'joy', 'optimism'\]"):
        decisions_of({"a": random_predictions(2), "b": random_predictions(3)})


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_probability_that_is_no_number_is_refused_by_the_models_name(random_predictions, broken):
    frame = random_predictions(2)
    frame.loc[[3, 5], "p_joy"] = broken
    with pytest.raises(ValueError, match="'lstm': 2 of 400 rows hold a probability that is NaN or infinite"):
        decisions_of({"bert": random_predictions(2), "lstm": frame})


def test_no_predictions_at_all_are_refused():
    with pytest.raises(ValueError, match="There are no predictions"):
        decisions_of({})
