import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from textlab.evaluation.classification.predictions import probabilities_of
from textlab.evaluation.classification.temperature import fit_temperature

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
    ours = softmax(logits / fit_temperature(frame), axis=1)
    assert ours == pytest.approx(expected, abs=1e-3)


def test_all_right_gives_no_extreme_temperature(predict):
    frame = predict([0, 1] * 20, [[0.9, 0.1], [0.1, 0.9]] * 20)
    assert 0.4 < fit_temperature(frame) < 1


def test_nan_probability_raises(overconfident):
    frame = overconfident(1, texts=10)
    frame.loc[0, "p_neutral"] = np.nan
    with pytest.raises(ValueError, match="1 of 10 rows hold a probability that is NaN"):
        fit_temperature(frame)
