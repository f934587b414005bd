"""Check that validation and test hold enough texts to rank models; report shortages as concerns."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.wording import points
from textlab.evaluation.classification.predictions import label_names_of
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.significance import SIGNIFICANCE
from textlab.wording import listed, shortlist

FEWEST_TEXTS = 30  # per class; with fewer, a recall of 50 % has an interval of more than 35 points
FEWEST_TO_CHOOSE = 10  # validation texts per class; with fewer, one text moves the recall by more than 10 points
MANY_MISSING = 0.05  # share of the classes; if a split lacks fewer, its scores still cover nearly all
MOST_NAMED = 5  # rare classes that are named; the others are counted
WIDEST_INTERVAL = 0.1  # a wider interval of the champion's score separates few models


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
        if len(present) == 1:
            finding = f"All {len(frame):,} {split} texts have the class {present[0]}, so scores on {split} mean little."
        elif missing:
            finding = f"No {split} text has {_classes(missing)}, so scores on {split} leave out {_these(missing)}."
        else:
            continue
        is_serious = len(present) == 1 or len(missing) > MANY_MISSING * len(counts)
        advice = f"Put texts of every class into {split}."
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
    width = _widths(test)[champion]
    precise = width <= WIDEST_INTERVAL  # False for NaN
    interval = "" if width != width else f"; the interval of the champion's score spans {points(width)}"
    finding = f"The test split has few texts: {_few(counts, FEWEST_TEXTS, predictions)}{interval}."
    advice = f"Add test texts until each class has at least {FEWEST_TEXTS}."
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
    finding = f"The champion is chosen on few validation texts: {_few(counts, FEWEST_TO_CHOOSE, predictions)}."
    advice = f"Add validation texts: at least {FEWEST_TO_CHOOSE} of each class."
    return [Concern(ConcernKind.FEW_TEXTS, finding, advice, _widest_interval(predictions) > WIDEST_INTERVAL)]


def wide_intervals(test: Comparison, models: Sequence[str]) -> list[Concern]:
    """Say that the test split cannot rank the models, if every interval is wider than every difference.

    Two models can differ significantly although their intervals are wide, because they are tested on the same texts.
    Then there is no concern.

    Args:
        test: the runs on test.
        models: one run of each model.
    """
    pairs = test.pairs[test.pairs["better"].isin(models) & test.pairs["worse"].isin(models)]
    widths = [width for model, width in _widths(test).items() if model in models and width == width]
    if pairs.empty or not widths or (pairs["p_holm"] < SIGNIFICANCE).any() or min(widths) <= pairs["difference"].max():
        return []
    finding = (
        f"The test split cannot rank the {len(models)} models: the narrowest interval spans {points(min(widths))}, and "
        f"the largest difference between two models is {points(pairs['difference'].max())}."
    )
    advice = "Add test texts, or choose by speed and size."
    return [Concern(ConcernKind.WIDE_INTERVALS, finding, advice, is_serious=False)]


def single_seeds(seeds: Mapping[str, int]) -> list[Concern]:
    """Say which models ran with one seed, so that chance in training is unknown.

    Args:
        seeds: the number of seeds of each model whose training depends on the seed.
    """
    alone = [model for model, count in seeds.items() if count == 1]
    if not alone:
        return []
    finding = f"Training depends on the random seed, and {shortlist(alone)} ran with one seed."
    return [Concern(ConcernKind.ONE_SEED, finding, "Run at least three seeds (seeds: in the grid).", is_serious=False)]


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


def _widths(test: Comparison) -> dict[str, float]:
    """Return the width of each model's interval; NaN for a score without one."""
    table, metric = test.intervals, test.metric
    return {str(name): float(width) for name, width in (table[f"{metric}_high"] - table[f"{metric}_low"]).items()}


def _classes(names: Sequence[str]) -> str:
    return f"the class {names[0]}" if len(names) == 1 else f"the classes {shortlist(names)}"


def _these(names: Sequence[str]) -> str:
    return "this class" if len(names) == 1 else "these classes"
