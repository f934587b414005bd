"""Real scores of a model, where people have given right labels: feedback, or a file of newly labelled examples."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.bootstrap import CONFIDENCE
from textlab.monitoring.findings import Finding, Kind
from textlab.monitoring.judgements import Judgements
from textlab.monitoring.score import Score, confusion_matrix, scores_of
from textlab.wording import counted

RESAMPLES = 2_000
FEWEST_CALLERS = 10  # the standard error over callers is unreliable with fewer
FEWEST_LABELS = 50
WEIGHT = 2.0  # real labels are the best evidence there is
BIASED = (
    "Feedback is not a random sample, because people report mistakes more often than right answers. Compare it with "
    "earlier feedback, not with validation."
)


@dataclass(frozen=True)
class RealScore:
    """The score of a model on predictions whose right labels are known.

    Attributes:
        source: where the labels come from, in words.
        examples: the number of labels.
        callers: the number of callers who gave them; None for a labelled file.
        accuracy, macro_f1: with intervals at a confidence of 95 %. Those of feedback count callers, not labels.
        estimated_accuracy: the estimate for the same predictions; None if there is none.
        caveat: what to bear in mind, "" if nothing.
        skipped: for each reason, in words, the number of labels that were not used.
    """

    source: str
    examples: int
    callers: int | None
    accuracy: Score
    macro_f1: Score
    estimated_accuracy: float | None
    caveat: str
    skipped: dict[str, int]


def real_score(source: str, judged: Judgements, classes: int, seed: int = 0) -> RealScore | None:
    """Score predictions whose labels are known; None without any.

    Args:
        source: where the labels come from, in words.
        judged: the predictions.
        classes: k.
        seed: random seed.
    """
    if not len(judged.labels):
        return None
    observed = np.array(scores_of(confusion_matrix(judged.predicted, judged.labels, classes)))
    drawn = np.array([scores_of(table) for table in _resampled(judged, classes, seed)])
    accuracy, macro_f1 = (Score.around(*pair) for pair in zip(observed, (drawn - observed).T, strict=True))
    callers = None if judged.callers is None else len(np.unique(judged.callers))
    return RealScore(
        source,
        len(judged.labels),
        callers,
        _no_narrower_than_wilson(accuracy, judged),
        macro_f1,
        None if judged.right is None else float(judged.right.mean()),
        _caveat(callers),
        judged.skipped,
    )


def file_finding(source: str, judged: Judgements, validation_right: int, validation: int) -> Finding | None:
    """Test whether accuracy in a labelled file is below that on validation: Fisher's exact test, one-sided.

    Args:
        source: the file, in words.
        judged: its predictions; the file must be a random sample.
        validation_right, validation: the number of right predictions on validation, and of all.
    """
    from scipy.stats import fisher_exact

    count, right = len(judged.labels), int((judged.labels == judged.predicted).sum())
    if not count:
        return None
    before, now = validation_right / validation, right / count
    table = [[validation_right, validation - validation_right], [right, count - right]]
    sentence = (
        f"Accuracy on the {count:,} examples of {source} is {100 * now:.1f}%; on validation it was {100 * before:.1f}%."
    )
    p = float(fisher_exact(table, alternative="greater").pvalue)
    return Finding(Kind.PERFORMANCE, f"accuracy on {source}", min(p, 1.0), before - now, sentence, WEIGHT)


def feedback_finding(now: Judgements, before: Judgements) -> Finding | None:
    """Test whether feedback confirms fewer predictions than earlier feedback on the same version.

    The one-sided t test of two ratios sums over callers first, because one caller's judgements resemble each other:
    Cochran (1977), "Sampling techniques", section 6.

    Returns:
        None if either part has fewer than FEWEST_LABELS labels or FEWEST_CALLERS callers.
    """
    from scipy.stats import t

    parts = [_by_caller(part) for part in (before, now)]
    if any(len(part) < FEWEST_CALLERS or part["labels"].sum() < FEWEST_LABELS for part in parts):
        return None
    rates = [part["right"].sum() / part["labels"].sum() for part in parts]
    influence = pd.concat(
        [
            sign * (part["right"] - rate * part["labels"]) / part["labels"].sum()
            for part, rate, sign in zip(parts, rates, (1, -1), strict=True)
        ]
    )
    by_caller = influence.groupby(level=0).sum()  # a caller may have judged in both parts
    error = float(np.sqrt((by_caller**2).sum() * len(by_caller) / (len(by_caller) - 1)))
    fall = float(rates[0] - rates[1])
    p = float(t.sf(fall / error, min(map(len, parts)) - 1)) if error > 0 else float(fall <= 0)
    sentence = (
        f"Feedback confirms {100 * rates[1]:.1f}% of the judged predictions; earlier feedback on this version "
        f"confirmed {100 * rates[0]:.1f}%."
    )
    return Finding(Kind.PERFORMANCE, "feedback", p, fall, sentence, WEIGHT)


def _resampled(judged: Judgements, classes: int, seed: int) -> np.ndarray:
    """Draw confusion matrices: of examples, or of callers with all their judgements. int (RESAMPLES, k, k)."""
    rng = np.random.default_rng(seed)
    cells = judged.predicted * classes + judged.labels
    if judged.callers is None:
        counts = np.bincount(cells, minlength=classes**2)
        drawn = rng.multinomial(len(cells), counts / len(cells), size=RESAMPLES)
        return drawn.reshape(-1, classes, classes)
    names, caller = np.unique(judged.callers, return_inverse=True)
    kinds, kind = np.unique(cells, return_inverse=True)
    tables = np.bincount(caller * len(kinds) + kind, minlength=len(names) * len(kinds)).reshape(len(names), -1)
    weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES)
    drawn = np.zeros((RESAMPLES, classes**2), int)
    drawn[:, kinds] = weights @ tables
    return drawn.reshape(-1, classes, classes)


def _no_narrower_than_wilson(accuracy: Score, judged: Judgements) -> Score:
    """Widen an interval to Wilson's for independent labels: a bootstrap of few or only right answers is too narrow."""
    from scipy.stats import binomtest

    right = int((judged.labels == judged.predicted).sum())
    wilson = binomtest(right, len(judged.labels)).proportion_ci(CONFIDENCE, method="wilson")
    return Score(accuracy.value, min(accuracy.low, float(wilson.low)), max(accuracy.high, float(wilson.high)))


def _caveat(callers: int | None) -> str:
    if callers is None:
        return ""
    if callers >= FEWEST_CALLERS:
        return BIASED
    return f"{BIASED} Only {counted(callers, 'caller')} gave it, so the interval is unreliable."


def _by_caller(judged: Judgements) -> pd.DataFrame:
    """Sum over callers: the number of labels and of right predictions, with the caller as the index."""
    right = (judged.labels == judged.predicted).astype(int)
    return pd.DataFrame({"labels": 1, "right": right}, index=judged.callers).groupby(level=0).sum()
