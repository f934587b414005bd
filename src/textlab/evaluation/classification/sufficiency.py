"""Check that validation and test hold enough texts to rank models; report shortages as concerns."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.sufficiency import WIDEST_INTERVAL, interval_widths
from textlab.evaluation.choice.wording import points
from textlab.evaluation.classification.predictions import label_names_of, nouns_of
from textlab.evaluation.statistics.comparison import Comparison
from textlab.wording import listed, shortlist

FEWEST_TEXTS = 30  # per class; with fewer, a recall of 50 % has an interval of more than 35 points
FEWEST_TO_CHOOSE = 10  # validation texts per class; with fewer, one text moves the recall by more than 10 points
MANY_MISSING = 0.05  # share of the classes; if a split lacks fewer, its scores still cover nearly all
MOST_NAMED = 5  # rare classes that are named; the others are counted


def missing_classes(predictions: Mapping[str, pd.DataFrame]) -> list[Concern]:
    """Describe splits that lack a class.

    Args:
        predictions: any model's predictions, by split.
    """
    concerns = []
    for split, frame in predictions.items():
        counts = _counts(frame)
        missing = [name for name, count in counts.items() if not count]
        present = [name for name, count in counts.items() if count]
        noun, plural = nouns_of(frame)
        if len(present) == 1:
            finding = (
                f"All {len(frame):,} {split} {plural} have the class {present[0]}, so scores on {split} mean little."
            )
        elif missing:
            finding = f"No {split} {noun} has {_classes(missing)}, so scores on {split} leave out {_these(missing)}."
        else:
            continue
        is_serious = len(present) == 1 or len(missing) > MANY_MISSING * len(counts)
        advice = f"Put {plural} of every class into {split}."
        concerns.append(Concern(ConcernKind.MISSING_CLASS, finding, advice, is_serious))
    return concerns


def few_texts(test: Comparison, champion: str, predictions: pd.DataFrame) -> list[Concern]:
    """Describe classes with fewer than `FEWEST_TEXTS` test texts.

    The concern is serious if the champion's score is uncertain: the interval is wider than `WIDEST_INTERVAL`, or there
    is none.

    Args:
        test: the models on test.
        champion: the champion's name.
        predictions: the champion's predictions on test.
    """
    counts = {name: count for name, count in _counts(predictions).items() if 0 < count < FEWEST_TEXTS}
    if not counts:
        return []
    width = interval_widths(test)[champion]
    precise = width <= WIDEST_INTERVAL  # False for NaN
    interval = "" if width != width else f"; the interval of the champion's score spans {points(width)}"
    finding = f"The test split has few {test.noun}: {_few(counts, FEWEST_TEXTS, predictions)}{interval}."
    advice = f"Add test {test.noun} until each class has at least {FEWEST_TEXTS}."
    return [Concern(ConcernKind.FEW_TEXTS, finding, advice, is_serious=not precise)]


def few_to_choose(predictions: pd.DataFrame) -> list[Concern]:
    """Describe classes with fewer than `FEWEST_TO_CHOOSE` validation texts, on which the choice of the champion rests.

    The concern is serious if the macro recall, a mean over the classes, may have an interval wider than
    `WIDEST_INTERVAL`. The mean over many classes is precise although each has few texts.

    Args:
        predictions: any model's predictions on validation.
    """
    counts = {name: count for name, count in _counts(predictions).items() if 0 < count < FEWEST_TO_CHOOSE}
    if not counts:
        return []
    _, noun = nouns_of(predictions)
    finding = f"The champion is chosen on few validation {noun}: {_few(counts, FEWEST_TO_CHOOSE, predictions)}."
    advice = f"Add validation {noun}: at least {FEWEST_TO_CHOOSE} of each class."
    return [Concern(ConcernKind.FEW_TEXTS, finding, advice, _widest_interval(predictions) > WIDEST_INTERVAL)]


def _counts(predictions: pd.DataFrame) -> dict[str, int]:
    counts = predictions["label"].value_counts()
    return {name: int(counts.get(name, 0)) for name in label_names_of(predictions)}


def _few(counts: Mapping[str, int], fewest: int, predictions: pd.DataFrame) -> str:
    """Return the numbers of texts of some classes; of many such classes, how many there are and the rarest one."""
    ordered = sorted(counts.items(), key=lambda item: item[1])
    if len(ordered) <= MOST_NAMED:
        return listed([f"{count} of {name}" for name, count in ordered])
    rarest, count = ordered[0]
    classes = len(label_names_of(predictions))
    return f"{len(ordered):,} of {classes:,} classes have fewer than {fewest}, such as {count} of {rarest}"


def _widest_interval(predictions: pd.DataFrame) -> float:
    """Return the width of the 95 % interval of a macro recall if every class has a recall of 50 %."""
    counts = np.array([count for count in _counts(predictions).values() if count])
    return float(2 * 1.96 * np.sqrt((0.25 / counts).sum()) / len(counts))


def _classes(names: Sequence[str]) -> str:
    return f"the class {names[0]}" if len(names) == 1 else f"the classes {shortlist(names)}"


def _these(names: Sequence[str]) -> str:
    return "this class" if len(names) == 1 else "these classes"
