import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from textlab.evaluation.classification.calibration import (
    brier_score,
    errors_by_chance,
    expected_calibration_error,
)
from textlab.evaluation.classification.calibration_intervals import CalibrationSample, calibration_table
from textlab.evaluation.classification.predictions import (
    class_indices,
    confidence_of,
    probabilities_of,
    with_probabilities,
)
from textlab.evaluation.statistics.bootstrap import bootstrap

NAMES = ("negative", "neutral", "positive")
WHOLE = {"resamples": 200, "seed": 1}


@pytest.fixture
def pair(predict):
    """Predictions whose logits are three times the logits that the labels were drawn from, and those with the true."""

    def make(texts: int = 800, classes: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
        random = np.random.default_rng(0)
        logits = random.normal(0, 1.5, (texts, classes))
        labels = (softmax(logits, axis=1).cumsum(axis=1) > random.random((texts, 1))).argmax(axis=1)
        return tuple(predict(labels, softmax(factor * logits, axis=1), NAMES[:classes]) for factor in (3, 1))

    return make


@pytest.mark.parametrize("classes", [2, 3])
def test_scores_equal_those_of_whole_frames(pair, classes):
    before, after = pair(classes=classes)
    found = bootstrap(CalibrationSample.of({"a": before, "b": after}), ("ece", "brier", "log_loss"), **WHOLE)
    for place, frame in enumerate((before, after)):
        labels, probabilities = class_indices(frame, "label"), probabilities_of(frame)
        ece = expected_calibration_error(confidence_of(frame), frame["label"] == frame["predicted"])
        assert found["ece"].observed[place] == pytest.approx(ece, abs=1e-6)
        assert found["brier"].observed[place] == pytest.approx(brier_score(probabilities, labels), abs=1e-6)
        likely = probabilities[np.arange(len(labels)), labels].astype(float)
        assert found["log_loss"].observed[place] == pytest.approx(-np.log(likely).mean(), abs=1e-6)


def test_calibration_lowers_every_error_and_its_interval_begins_at_0(pair):
    before, after = pair()
    row = calibration_table({"bert": before}, {"bert": after}, **WHOLE).loc["bert"]
    for measure in ("ece", "brier", "log_loss"):
        assert row[f"{measure}_change"] == pytest.approx(row[f"{measure}_after"] - row[f"{measure}_before"])
        assert row[f"{measure}_change_high"] < 0
        assert row[f"{measure}_before_low"] < row[f"{measure}_before"] < row[f"{measure}_before_high"]
    assert row["ece_after_low"] == 0 < 0.1 < row["ece_before_low"]
    assert 0.5 < row["ece_after"] / row["ece_by_chance"] < 1.5


def test_error_by_chance_is_what_labels_drawn_from_the_probabilities_show():
    random = np.random.default_rng(0)
    confidence = random.uniform(0.4, 1, 500)
    drawn = [expected_calibration_error(confidence, random.random(500) < confidence) for _ in range(100)]
    by_chance = errors_by_chance(confidence)
    assert by_chance.mean() == pytest.approx(np.mean(drawn), rel=0.06)
    assert np.quantile(by_chance, 0.95) == pytest.approx(np.quantile(drawn, 0.95), rel=0.12)


def test_model_without_calibration_has_the_same_errors_twice(pair):
    _, after = pair(texts=60)
    row = calibration_table({"bert": after}, {"bert": after}, **WHOLE).loc["bert"]
    assert (row["ece_before"], row["ece_before_low"]) == (row["ece_after"], row["ece_after_low"])
    assert row["ece_change"] == 0


def test_wrong_predictions_with_probability_one_give_finite_errors(predict):
    frame = predict([0, 1, 1, 0], [[1, 0], [0, 1], [1, 0], [1, 0]])
    row = calibration_table({"bert": frame}, {"bert": frame}, **WHOLE).loc["bert"]
    assert np.isfinite(row[["ece_after", "brier_after", "log_loss_after"]]).all()


def test_nan_probability_raises(pair):
    before, after = pair(texts=10)
    broken = before.assign(p_neutral=np.nan)
    with pytest.raises(ValueError, match="'bert': 10 of 10 rows hold a probability that is NaN"):
        calibration_table({"bert": broken}, {"bert": after})


def test_error_names_the_model_without_uncalibrated_predictions(pair):
    before, after = pair(texts=10)
    with pytest.raises(ValueError, match=r"\['lstm'\] have predictions of one kind only"):
        calibration_table({"bert": before}, {"bert": after, "lstm": after})


def test_other_probabilities_give_other_classes(predict):
    frame = with_probabilities(predict([0, 1], [[0.9, 0.1], [0.2, 0.8]]), np.array([[0.3, 0.7], [0.5, 0.5]]))
    assert frame["predicted"].tolist() == ["positive", "negative"]
    assert probabilities_of(frame).tolist() == [[np.float32(0.3), np.float32(0.7)], [0.5, 0.5]]
