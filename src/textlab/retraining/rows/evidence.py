"""The evidence that a correction is an attack, learnt from the champion's validation texts.

Users correct mistakes, and the champion is unsure where it is mistaken. The margin of a correction is
log p(predicted) - log p(label). The margins of validation mistakes are those of honest corrections. Somebody who gives
wrong labels to texts that the champion gets right contradicts it where it is sure. The margins of wrong labels of
validation texts are those of an attack. Both are known, so each correction has a likelihood ratio.
"""

from dataclasses import dataclass

import numpy as np

from textlab.data.dataset import Dataset
from textlab.retraining.rows.champion import Champion

NOISE = 0.1  # share of wrong labels among honest corrections
MOST_PAIRS = 200_000  # validation texts times classes
FEWEST_TEXTS = 200  # validation texts, however many classes there are
PSEUDO_MISTAKES = 20.0  # weight of the mistakes that the champion expects, which matter where it makes few
FEWEST_MISTAKES = 20  # validation mistakes of a label that has an intercept of its own
STEPS = 200  # expectation-maximisation ends after so many steps


@dataclass(frozen=True, eq=False)
class Evidence:
    """Log likelihood ratios of corrections, an attack against honest feedback: linear in the margin, for each label.

    Attributes:
        intercepts: one per label, (k,).
        slope: of the margin.
    """

    intercepts: np.ndarray
    slope: float

    def __call__(self, margins: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the log likelihood ratio of n corrections; at most log(1/NOISE), since honest users err as well."""
        ratio = np.exp(np.minimum(self.intercepts[labels] + self.slope * margins, 30.0))
        return np.asarray(np.log(ratio) - np.log1p(NOISE * (ratio - 1)))


def learn_evidence(base: Dataset, champion: Champion) -> Evidence:
    """Learn from validation texts how margins of honest corrections and of an attack differ."""
    from sklearn.linear_model import LogisticRegression

    validation, most = base.validation, max(MOST_PAIRS // len(base.label_names), FEWEST_TEXTS)
    if len(validation) > most:
        validation = validation.sample(most, random_state=0)
    probabilities = champion.predict_proba(validation[list(base.inputs)]).astype(float)
    n, k = probabilities.shape
    text, label = (part.ravel() for part in np.mgrid[0:n, 0:k])
    truth = validation["label"].to_numpy()[text]
    margins = np.log(probabilities.max(axis=1).clip(1e-9))[text] - np.log(probabilities.ravel().clip(1e-9))
    is_correction = label != probabilities.argmax(axis=1)[text]
    expected = np.where(is_correction, probabilities.ravel(), 0.0)
    honest = np.where(is_correction & (label == truth), 1.0, 0.0) + (
        PSEUDO_MISTAKES * expected / max(expected.sum(), 1e-9)
    )
    attack = np.where(is_correction & (label != truth), 1.0, 0.0)
    # Which label is given says nothing: classes become more frequent for honest reasons. So each label has the same
    # weight on both sides, and frequent labels have an intercept of their own.
    mistakes = np.bincount(label, honest, minlength=k)
    attack *= (mistakes / np.maximum(np.bincount(label, attack, minlength=k), 1e-9))[label]
    if not (honest.any() and attack.any()):
        return Evidence(np.zeros(k), 0.0)
    own = np.flatnonzero(mistakes >= FEWEST_MISTAKES)
    features = np.column_stack([margins, label[:, None] == own])
    weights = np.concatenate([honest, attack])
    used = weights > 0
    model = LogisticRegression().fit(
        np.tile(features, (2, 1))[used], np.repeat([0, 1], n * k)[used], sample_weight=weights[used]
    )
    intercepts = np.full(k, float(model.intercept_[0]))
    intercepts[own] += model.coef_[0, 1:]
    return Evidence(intercepts, float(model.coef_[0, 0]))


def margins_of(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return log p(predicted) - log p(label) of n rows; 0 where the label is the predicted one."""
    of_label = probabilities[np.arange(len(labels)), labels]
    return np.asarray(np.log(probabilities.max(axis=1).clip(1e-9)) - np.log(of_label.clip(1e-9)), dtype=float)


def share_of_attack(scores: np.ndarray, known_honest: int = 0) -> float:
    """Estimate the share of attacks among groups with these log likelihood ratios (maximum likelihood by EM).

    Args:
        scores: one per group, (n,).
        known_honest: honest groups that are assumed beside these. Without any, the likelihood of one or two groups
            would be greatest for a share of 1, however weak the evidence.
    """
    ratios, share = np.exp(np.clip(scores, -30, 30)), 0.1
    groups = max(len(ratios) + known_honest, 1)
    for _ in range(STEPS):
        share = float((share * ratios / (share * ratios + 1 - share)).sum() / groups)
    return share


def posterior(scores: np.ndarray, share: float) -> np.ndarray:
    """Return the probability of an attack for groups with these log likelihood ratios, given the share of attacks."""
    from scipy.special import expit, logit

    return np.asarray(expit(scores + logit(np.clip(share, 1e-9, 1 - 1e-9))))
