"""The order of splits in time, and what a random split hides if texts change with time."""

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks.samples import sampled
from textlab.evaluation.leaks.words_model import macro_recall, predicted, predicted_out_of_fold, word_features

MOST_TEXTS = 6_000
LEAST_TEXTS = 60
PERIODS = 4
LATER = 0.95  # share of pairs of a test and a training text in which the test text is later
CLASS_TREND = 0.15  # Cramér's V between class and period
SIGNIFICANT = 1e-4
HIDDEN, CLEAR = 0.05, 3.5  # macro recall that a random split hides, and the same in standard errors
ADVICE = "Split by time: name the column of times with the option time=."


def check_time(dataset: Dataset) -> tuple[Concern, ...]:
    """Compare the times of train and test, and look for a trend if the splits mix them."""
    if "time" not in dataset.train:
        return ()
    columns = ["time", "label", *dataset.inputs]
    frame = pd.concat([part[columns].assign(split=split) for split, part in dataset.splits()], ignore_index=True)
    frame["seconds"] = _seconds(frame["time"])
    frame = frame[frame["seconds"].notna()]
    train, test = (frame.loc[frame["split"] == split, "seconds"].to_numpy() for split in ("train", "test"))
    if min(len(train), len(test)) < LEAST_TEXTS // 2 or frame["seconds"].nunique() < PERIODS:
        return ()
    later = _share_later(test, train)
    if later > LATER:
        return ()
    if later < 1 - LATER:
        finding = (
            "The test texts are older than the training texts, so test does not show how a model performs on future "
            "texts."
        )
        return (Concern(ConcernKind.TIME_ORDER, finding, ADVICE),)
    return _mixed(frame)


def _mixed(frame: pd.DataFrame) -> tuple[Concern, ...]:
    """Report a split that mixes times; it is serious if classes change with time, or if it hides a fall."""
    trends = [trend for trend in (_class_trend(frame), _hidden_fall(sampled(frame, MOST_TEXTS))) if trend]
    finding = "Train and test mix early and late texts."
    if trends:
        finding += f" {' '.join(trends)} The split hides this trend over time, so scores on future texts will be lower."
    return (Concern(ConcernKind.TIME_ORDER, finding, ADVICE, is_serious=bool(trends)),)


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


def _hidden_fall(frame: pd.DataFrame) -> str:
    """Say how much worse later texts are predicted from earlier ones than from as many random ones; "" if hardly."""
    is_late = (frame["seconds"].rank(pct=True) > 0.5).to_numpy()
    labels = frame["label"].to_numpy()
    if (
        "text" not in frame
        or len(frame) < LEAST_TEXTS
        or len(np.unique(labels[is_late])) < 2
        or len(np.unique(labels[~is_late])) < 2
    ):
        return ""
    features = word_features(frame["text"].tolist())
    from_earlier = predicted(features[~is_late], labels[~is_late], features[is_late])
    from_random = predicted_out_of_fold(features, labels, folds=2)[is_late]
    low, low_error = macro_recall(labels[is_late], from_earlier)
    high, high_error = macro_recall(labels[is_late], from_random)
    if high - low < max(HIDDEN, CLEAR * np.hypot(low_error, high_error)):
        return ""
    return (
        f"A model of words fitted on the earlier half of the texts has a macro recall of {100 * low:.1f} on the later "
        f"half, and of {100 * high:.1f} if fitted on as many random texts."
    )
