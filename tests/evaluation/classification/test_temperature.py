import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from textlab.evaluation.classification.predictions import probabilities_of
from textlab.evaluation.classification.temperature import at_temperature, calibration_table, fit_temperature

NAMES = ("negative", "neutral", "positive")


@pytest.fixture
def overconfident(predict):
    """Make predictions whose logits are `factor` times the logits that the labels were drawn from."""

    def make(factor: float, seed: int = 0, texts: int = 4000) -> pd.DataFrame:
        random = np.random.default_rng(seed)
        logits = random.normal(0, 1.5, (texts, 3))
        labels = (softmax(logits, axis=1).cumsum(axis=1) > random.random((texts, 1))).argmax(axis=1)
        return predict(labels, softmax(factor * logits, axis=1), NAMES)

    return make


@pytest.mark.parametrize("factor", [0.5, 1, 3])
def test_temperature_is_the_factor_between_the_logits(overconfident, factor):
    assert fit_temperature(overconfident(factor)) == pytest.approx(factor, rel=0.06)


class IdentityClassifier(ClassifierMixin, BaseEstimator):
    """A classifier for scikit-learn whose logits are its inputs."""

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, x):
        return x

    def predict(self, x):
        return self.classes_[x.argmax(axis=1)]


def test_scaled_probabilities_equal_those_of_scikit_learn(overconfident):
    frame = overconfident(3)
    labels, logits = frame["label"].to_numpy(dtype=str), np.log(probabilities_of(frame).astype(np.float64))
    theirs = CalibratedClassifierCV(FrozenEstimator(IdentityClassifier().fit(logits, labels)), method="temperature")
    expected = theirs.fit(logits, labels).predict_proba(logits)
    ours = probabilities_of(at_temperature(frame, fit_temperature(frame)))
    assert ours == pytest.approx(expected, abs=1e-3)


def test_scaling_keeps_the_predicted_classes_and_rows_sum_to_one(overconfident):
    frame = overconfident(3)
    scaled = probabilities_of(at_temperature(frame, 2.5))
    assert (scaled.argmax(axis=1) == probabilities_of(frame).argmax(axis=1)).all()
    assert scaled.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_temperature_fitted_on_validation_calibrates_test(overconfident):
    table = calibration_table({"bert": overconfident(3)}, {"bert": overconfident(3, seed=1)})
    row = table.loc["bert"]
    assert row["temperature"] == pytest.approx(3, rel=0.06)
    assert row["ece_after"] < 0.03 < 0.1 < row["ece_before"]
    assert row["brier_after"] < row["brier_before"]
    assert row["log_loss_after"] < row["log_loss_before"]


def test_wrong_predictions_with_probability_one_give_finite_results(predict):
    frame = predict([0, 1, 1, 0], [[1, 0], [0, 1], [1, 0], [1, 0]])
    row = calibration_table({"bert": frame}, {"bert": frame}).loc["bert"]
    assert np.isfinite(row).all()
    assert row["temperature"] == pytest.approx(20, rel=0.01)


def test_nan_probability_raises(overconfident):
    frame = overconfident(1, texts=10)
    frame.loc[0, "p_neutral"] = np.nan
    with pytest.raises(ValueError, match="'bert': 1 of 10 rows hold a probability that is NaN"):
        calibration_table({"bert": overconfident(1, texts=10)}, {"bert": frame})
    with pytest.raises(ValueError, match="1 of 10 rows hold a probability that is NaN"):
        fit_temperature(frame)


def test_error_names_the_model_without_validation_predictions(overconfident):
    frame = overconfident(1, texts=10)
    with pytest.raises(ValueError, match=r"\['lstm'\] have predictions on one split only"):
        calibration_table({"bert": frame}, {"bert": frame, "lstm": frame})
