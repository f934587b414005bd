"""Reasons to doubt scores of several labels: labels with too few examples, or none, in a split."""

from collections.abc import Mapping

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.multilabel.predictions import label_names_of, nouns_of, truth_of
from textlab.evaluation.multilabel.thresholds import FEWEST_POSITIVES
from textlab.wording import listed, shortlist

FEWEST_EXAMPLES = 30  # test examples with a label; with fewer, a recall of 50 % has an interval of more than 35 points
MOST_NAMED = 5


def label_concerns(validation: pd.DataFrame, test: pd.DataFrame) -> list[Concern]:
    """Name labels that a split lacks, and labels with too few examples.

    Args:
        validation, test: any model's predictions on each split.
    """
    splits = {"validation": _counts(validation), "test": _counts(test)}
    noun = nouns_of(test)[1]
    found = [_missing(split, counts, noun) for split, counts in splits.items() if not all(counts.values())]
    shared = {name: count for name, count in splits["validation"].items() if 0 < count < FEWEST_POSITIVES}
    rare = {name: count for name, count in splits["test"].items() if 0 < count < FEWEST_EXAMPLES}
    if shared:
        finding = (
            f"Few validation {noun} have some of the labels: {_named(shared)}. They share the threshold that is best "
            "for all labels together."
        )
        advice = f"Add validation {noun} until each label has at least {FEWEST_POSITIVES}."
        found.append(Concern(ConcernKind.FEW_TEXTS, finding, advice, is_serious=False))
    if rare:
        finding = f"Few test {noun} have some of the labels: {_named(rare)}. Read the scores of these labels as hints."
        advice = f"Add test {noun} until each label has at least {FEWEST_EXAMPLES}."
        is_serious = len(rare) > len(splits["test"]) / 2
        found.append(Concern(ConcernKind.FEW_TEXTS, finding, advice, is_serious))
    return found


def _counts(frame: pd.DataFrame) -> dict[str, int]:
    return dict(zip(label_names_of(frame), map(int, truth_of(frame).sum(axis=0)), strict=True))


def _missing(split: str, counts: Mapping[str, int], noun: str) -> Concern:
    missing = [name for name, count in counts.items() if not count]
    finding = f"None of the {split} {noun} has {shortlist(missing)}, so scores on {split} leave out what is missing."
    return Concern(ConcernKind.MISSING_CLASS, finding, f"Put {noun} with every label into {split}.")


def _named(counts: Mapping[str, int]) -> str:
    rarest = sorted(counts, key=lambda name: counts[name])
    if len(rarest) <= MOST_NAMED:
        return listed([f"{counts[name]} have {name}" for name in rarest])
    return f"{len(rarest):,} labels, such as {rarest[0]}, which {counts[rarest[0]]} have"
