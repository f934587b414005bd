"""The order of splits in time, and what a random split hides if texts change with time."""

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks.samples import sampled
from textlab.evaluation.leaks.words_model import macro_recall, predicted_out_of_fold, word_features

MOST_TEXTS = 6_000
LEAST_TEXTS = 60
PERIODS = 4
LATER = 0.95  # share of pairs of a test and a training text in which the test text is later
CLASS_TREND = 0.15  # Cramér's V between class and period
WORD_TREND = 0.6  # balanced accuracy of telling the earlier half of a class from the later half by words
SIGNIFICANT = 1e-4


def check_time(dataset: Dataset) -> tuple[Concern, ...]:
    """Compare the times of train and test, and look for a trend if the splits mix them."""
    if "time" not in dataset.train:
        return ()
    frame = pd.concat([part.assign(split=split) for split, part in dataset.splits()], ignore_index=True)
    frame["seconds"] = _seconds(frame["time"])
    frame = frame[frame["seconds"].notna()]
    train, test = (frame.loc[frame["split"] == split, "seconds"].to_numpy() for split in ("train", "test"))
    if min(len(train), len(test)) < LEAST_TEXTS // 2 or frame["seconds"].nunique() < PERIODS:
        return ()
    later = _share_later(test, train)
    if later > LATER:
        return ()
    if later < 1 - LATER:
        finding = "The test texts are older than the training texts, so test does not show how a model performs on future texts."
        return (
            Concern(ConcernKind.TIME_ORDER, finding, "Split by time: name the column of times with the option time=."),
        )
    return _mixed(frame)


def _mixed(frame: pd.DataFrame) -> tuple[Concern, ...]:
    """Report a split that mixes times; it is serious if classes or words change with time."""
    trends = [trend for trend in (_class_trend(frame), _word_trend(sampled(frame, MOST_TEXTS))) if trend]
    finding = "Train and test mix early and late texts."
    if trends:
        finding += f" {' '.join(trends)} The split hides this trend over time, so scores on future texts will be lower."
    advice = "Split by time: name the column of times with the option time=."
    return (Concern(ConcernKind.TIME_ORDER, finding, advice, is_serious=bool(trends)),)


def _seconds(times: pd.Series) -> pd.Series:
    """Return times as numbers; not a number where a time cannot be read."""
    numbers = pd.to_numeric(times, errors="coerce")
    if numbers.notna().mean() > 0.5:
        return numbers.astype(float)
    moments = pd.to_datetime(times.astype(str), errors="coerce", utc=True, format="mixed")
    seconds = (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    return seconds.astype(float)


def _share_later(test: np.ndarray, train: np.ndarray) -> float:
    ordered = np.sort(train)
    below, not_above = (np.searchsorted(ordered, test, side) for side in ("left", "right"))
    return float((below + not_above).mean() / (2 * len(train)))


def _class_trend(frame: pd.DataFrame) -> str:
    """Say how class shares move from the first to the last quarter of the texts; "" if they hardly do."""
    from scipy.stats import chi2_contingency

    period = np.minimum(frame["seconds"].rank(pct=True) * PERIODS, PERIODS - 1e-9).astype(int)
    counts = pd.crosstab(period, frame["label"])
    if min(counts.shape) < 2:
        return ""
    chi_square, p, *_ = chi2_contingency(counts)
    strength = np.sqrt(chi_square / len(frame) / (min(counts.shape) - 1))
    if p > SIGNIFICANT or strength < CLASS_TREND:
        return ""
    return f"Class shares change with time (Cramér's V {strength:.2f} over {len(counts)} periods)."


def _word_trend(frame: pd.DataFrame) -> str:
    """Say how well words tell the later half of each class from the earlier half; "" if they hardly do."""
    is_late = (frame["seconds"].groupby(frame["label"]).rank(pct=True) > 0.5).to_numpy().astype(int)
    if len(frame) < LEAST_TEXTS or len(np.unique(is_late)) < 2:
        return ""
    features = word_features(frame["text"].tolist())
    score, error = macro_recall(is_late, predicted_out_of_fold(features, is_late))
    if score < WORD_TREND or score < 0.5 + 4 * error:
        return ""
    return f"Words change with time (they identify the later half of the texts in {100 * score:.0f}% of cases)."
