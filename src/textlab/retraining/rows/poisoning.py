"""Find feedback that was given to harm the model: labels that the champion's honest mistakes do not explain.

Users correct mistakes, and the champion is unsure where it is mistaken. Its validation texts show how unsure: the margin
of a correction is log p(predicted) - log p(right label), and the margins of validation mistakes are those of honest
corrections. Somebody who gives wrong labels to texts that the champion gets right contradicts it where it is sure; the
margins of wrong labels of validation texts are those of an attack. Both are known, so each correction has a likelihood
ratio. One row proves nothing, since users err as well. The evidence adds up over rows that belong together:

callers   each caller is honest or not; the share of those who are not is estimated from all callers (EM)
patterns  rows with the same words and label, of the same hour or day, or with the same label

A likelihood ratio has the mean 1 if all is honest, so it exceeds K/alpha with a probability of at most alpha/K (Markov's
inequality). With K patterns, an honest one is held with a probability of at most alpha.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.preparation import Reason
from textlab.evaluation.leaks.clues import clue_matrix
from textlab.retraining.rows.champion import Champion
from textlab.retraining.rows.verdicts import Verdicts

NOISE = 0.1  # share of wrong labels among honest corrections
ALPHA = 0.01  # probability that a pattern of honest rows is held
FEWEST = 5  # corrections that make a pattern
MOST_VALIDATION = 5_000  # validation texts that show the champion's honest mistakes
PSEUDO_MISTAKES = 20.0  # weight of the mistakes that the champion expects, which matter where it makes few
FEWEST_MISTAKES = 20  # validation mistakes of a label that has an intercept of its own
PASSES = 200  # most passes of EM, and patterns held


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


def check_poisoning(verdicts: Verdicts, base: Dataset, champion: Champion) -> None:
    """Hold the rows in use that look like an attack. Adds the columns `p_<class>` to the frame."""
    frame = verdicts.frame
    names = list(base.label_names)
    frame[[f"p_{name}" for name in names]] = np.nan
    shown = np.flatnonzero(verdicts.in_use | frame["is_held"])
    if not len(shown):
        return
    frame.loc[shown, [f"p_{name}" for name in names]] = champion.predict_proba(frame.iloc[shown][["text"]])
    rows = np.flatnonzero(verdicts.in_use)
    probabilities = frame.iloc[rows][[f"p_{name}" for name in names]].to_numpy(dtype=float)
    labels = frame["label"].iloc[rows].map({name: number for number, name in enumerate(names)}).to_numpy()
    margins = _margins(probabilities, labels)
    scores = np.where(margins > 0, learn_evidence(base, champion)(margins, labels), 0.0)
    callers = frame["caller"].iloc[rows].where(frame["caller"].iloc[rows] != "", frame["origin"].iloc[rows])
    patterns = [*_patterns(frame.iloc[rows].assign(caller=callers), margins > 0)]
    _hold_patterns(verdicts, rows, scores, margins > 0, patterns)
    _hold_callers(verdicts, rows, scores, callers.to_numpy())


def learn_evidence(base: Dataset, champion: Champion) -> Evidence:
    """Learn from validation texts how margins of honest corrections and of an attack differ."""
    from sklearn.linear_model import LogisticRegression

    validation = base.validation
    if len(validation) > MOST_VALIDATION:
        validation = validation.sample(MOST_VALIDATION, random_state=0)
    probabilities = champion.predict_proba(validation[["text"]]).astype(float)
    n, k = probabilities.shape
    text, label = (part.ravel() for part in np.mgrid[0:n, 0:k])
    truth = validation["label"].to_numpy()[text]
    margins = np.log(probabilities.max(axis=1).clip(1e-9))[text] - np.log(probabilities.ravel().clip(1e-9))
    is_correction = label != probabilities.argmax(axis=1)[text]
    expected = np.where(is_correction, probabilities.ravel(), 0.0)
    honest = np.where(is_correction & (label == truth), 1.0, 0.0) + PSEUDO_MISTAKES * expected / expected.sum()
    attack = np.where(is_correction & (label != truth), 1.0, 0.0)
    # Which label is given says nothing: classes become more frequent for honest reasons. So each label has the same
    # weight on both sides, and frequent labels have an intercept of their own.
    mistakes = np.bincount(label, honest, minlength=k)
    attack *= (mistakes / np.maximum(np.bincount(label, attack, minlength=k), 1e-9))[label]
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


def _margins(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return log p(predicted) - log p(label) of n rows; 0 where the label is the predicted one."""
    of_label = probabilities[np.arange(len(labels)), labels]
    return np.asarray(np.log(probabilities.max(axis=1).clip(1e-9)) - np.log(of_label.clip(1e-9)), dtype=float)


def _share_of_attack(scores: np.ndarray) -> float:
    """Return the maximum likelihood estimate of the share of attacks among groups with these log likelihood ratios."""
    ratios, share = np.exp(np.clip(scores, -30, 30)), 0.1
    for _ in range(PASSES):
        share = float(np.mean(share * ratios / (share * ratios + 1 - share))) if len(ratios) else 0.0
    return share


def _posterior(scores: np.ndarray, share: float) -> np.ndarray:
    from scipy.special import expit, logit

    return np.asarray(expit(scores + logit(np.clip(share, 1e-9, 1 - 1e-9))))


def _hold_callers(verdicts: Verdicts, rows: np.ndarray, scores: np.ndarray, callers: np.ndarray) -> None:
    """Hold the rows of callers who are more likely dishonest than honest."""
    in_use = verdicts.in_use[rows]
    rows, callers = rows[in_use], callers[in_use]
    of_caller = pd.Series(scores[in_use]).groupby(callers).sum()
    posterior = pd.Series(_posterior(of_caller.to_numpy(), _share_of_attack(of_caller.to_numpy())), of_caller.index)
    is_held = posterior.reindex(callers).to_numpy() > 0.5
    why = "The caller's labels contradict the champion where it is sure, more than its own mistakes explain."
    _hold(verdicts, rows[is_held], why)


def _hold(verdicts: Verdicts, rows: np.ndarray, why: str) -> None:
    mask = np.zeros(len(verdicts.frame), dtype=bool)
    mask[rows] = True
    verdicts.hold(mask, Reason.POISONING, why)


def _hold_patterns(
    verdicts: Verdicts,
    rows: np.ndarray,
    scores: np.ndarray,
    is_correction: np.ndarray,
    patterns: Sequence[tuple[str, np.ndarray]],
) -> None:
    """Hold the rows of the most suspicious pattern, and look again at what is left, until no pattern is suspicious."""
    for _ in range(PASSES):
        in_use = verdicts.in_use[rows] & ~verdicts.is_released[rows]
        usable = in_use & is_correction
        share = _share_of_attack(scores[usable])
        against = scores - np.log(share * np.exp(scores) + 1 - share)  # an attack against what the rest looks like
        sums = [float(against[places[usable[places]]].sum()) for _, places in patterns]
        if not sums or max(sums) < np.log(len(sums) / ALPHA):
            return
        title, places = patterns[int(np.argmax(sums))]
        share = _share_of_attack(scores[places[usable[places]]])
        places = places[in_use[places]]
        is_held = _posterior(scores[places], share) > 0.5
        if not is_held.any():
            return
        why = f"Rows {title} contradict the champion where it is sure, more than its own mistakes explain."
        _hold(verdicts, rows[places[is_held]], why)


def _patterns(frame: pd.DataFrame, is_correction: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the patterns with at least `FEWEST` corrections: a title that completes "rows ...", and their places."""
    times = frame["time"]
    keys = {
        "of the caller {}": frame["caller"],
        "with the label '{}'": frame["label"],
        "of the day {:%Y-%m-%d}": times.dt.floor("D"),
        "of the hour from {:%Y-%m-%d %H:%M}": times.dt.floor("h"),
    }
    for title, key in keys.items():
        for value, found in pd.Series(np.arange(len(frame))).groupby(key.to_numpy()):
            if is_correction[found].sum() >= FEWEST:
                yield title.format(value), found.to_numpy()
    if is_correction.sum() < FEWEST:
        return
    clues, matrix = clue_matrix(frame["text"].tolist(), FEWEST)
    labels = frame["label"].to_numpy()
    for column, clue in enumerate(clues):
        found = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
        for label in np.unique(labels[found]):
            mine = np.sort(found[labels[found] == label])
            if is_correction[mine].sum() >= FEWEST:
                yield f"with {clue} and the label '{label}'", mine
