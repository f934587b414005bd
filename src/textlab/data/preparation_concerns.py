"""Concerns that follow from the rows that were dropped."""

from collections.abc import Collection, Mapping

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.preparation import Preparation, Reason, share
from textlab.data.reading.places import first_lines
from textlab.wording import shortlist

SERIOUS_SHARE = 0.05  # share of dropped rows above which the data differ from what their owner expects
NAMED_SHARE = 0.01  # smallest share of a kind that is named once the sum is serious
CLASS_FACTOR = 2  # a class that lost this many times the share of the others, and SERIOUS_SHARE more, lost far more
CLASS_P = 0.001  # largest p-value of that difference
MOST_CLASSES = 3  # such classes with a concern each; more of them share one

KINDS = {
    Reason.EMPTY_TEXT: ConcernKind.EMPTY,
    Reason.EMPTY_LABEL: ConcernKind.EMPTY,
    Reason.EMPTY_INPUTS: ConcernKind.EMPTY,
    Reason.UNUSABLE: ConcernKind.UNUSABLE_FILES,
    Reason.COPY: ConcernKind.COPIES,
    Reason.IN_TEST: ConcernKind.COPIES,
    Reason.IN_VALIDATION: ConcernKind.COPIES,
    Reason.PICTURE_IN_TEST: ConcernKind.COPIES,
    Reason.PICTURE_IN_VALIDATION: ConcernKind.COPIES,
    Reason.SAME_ID: ConcernKind.COPIES,
    Reason.CONTRADICTION: ConcernKind.CONTRADICTIONS,
}
_CAUSES = {
    Reason.EMPTY_TEXT: "their text is empty",
    Reason.EMPTY_LABEL: "their label is empty",
    Reason.EMPTY_INPUTS: "all their inputs are empty",
    Reason.UNUSABLE: "their file is missing or broken",
    Reason.COPY: "they repeat the text of another row",
    Reason.IN_TEST: "their text is also in test",
    Reason.IN_VALIDATION: "their text is also in validation",
    Reason.PICTURE_IN_TEST: "their picture is also in test",
    Reason.PICTURE_IN_VALIDATION: "their picture is also in validation",
    Reason.SAME_ID: "they repeat the id of another row",
    Reason.CONTRADICTION: "the same text has several labels",
}
_PREDICATES = {
    ConcernKind.EMPTY: "are blank",
    ConcernKind.UNUSABLE_FILES: "name a file that cannot be used",
    ConcernKind.COPIES: "are copies",
    ConcernKind.CONTRADICTIONS: "contradict each other",
}
_ADVICE = {
    ConcernKind.EMPTY: "Fill in these rows, or check that the options text= and label= name the right columns.",
    ConcernKind.UNUSABLE_FILES: "Put the files in their places, or check that the other rows still represent your "
    "data.",
    ConcernKind.COPIES: "Find out why rows repeat, and whether the rest still represents your data.",
    ConcernKind.CONTRADICTIONS: "Correct these labels, or choose what happens to such rows with the option "
    "contradictions= of file: (drop, majority or keep).",
}


def preparation_concerns(preparation: Preparation, kept: Mapping[str, int]) -> list[Concern]:
    """Raise a serious concern for each kind of dropped rows if they are many, and for each class that lost far more.

    Args:
        preparation: the rows read and dropped.
        kept: number of rows kept, by class.
    """
    counts = dict.fromkeys(_PREDICATES, 0)
    for reason, count in preparation.counts().items():
        if reason in KINDS:
            counts[KINDS[reason]] += count
    read = max(preparation.rows_read, 1)
    is_serious = sum(counts.values()) > SERIOUS_SHARE * read
    found = [
        _concern(preparation, kind, count)
        for kind, count in counts.items()
        if is_serious and count >= NAMED_SHARE * read
    ]
    return found + _class_concerns(preparation, kept)


def kept_contradictions(lines: Collection[object], rows_read: int) -> Concern:
    """Describe rows that were kept although their text has several labels; serious if they are many."""
    count = len(lines)
    finding = (
        f"{count:,} of {rows_read:,} rows ({share(count, rows_read)}) contradict each other (the same text has several "
        f"labels) and were kept: no model can be right about all of them. First lines: {first_lines(lines)}."
    )
    advice = _ADVICE[ConcernKind.CONTRADICTIONS]
    return Concern(ConcernKind.CONTRADICTIONS, finding, advice, is_serious=count > SERIOUS_SHARE * rows_read)


def _concern(preparation: Preparation, kind: ConcernKind, count: int) -> Concern:
    reasons = [reason for reason in preparation.counts() if KINDS.get(reason) is kind]
    causes = " or ".join(_CAUSES[reason] for reason in reasons)
    finding = (
        f"{count:,} of {preparation.rows_read:,} rows ({share(count, preparation.rows_read)}) {_PREDICATES[kind]} "
        f"({causes}) and were dropped. First lines: {preparation.lines(reasons)}."
    )
    return Concern(kind, finding, _ADVICE[kind])


def _class_concerns(preparation: Preparation, kept: Mapping[str, int]) -> list[Concern]:
    """Find the classes that lost a far larger share of their rows than the other classes together."""
    from scipy.stats import fisher_exact

    counted = preparation.dropped[preparation.dropped["reason"].isin(list(KINDS))]
    dropped = counted["label"].value_counts()
    lost = {name: int(dropped.get(name, 0)) for name in kept}
    all_lost, all_kept = sum(lost.values()), sum(kept.values())
    far_more: dict[str, float] = {}
    for name in kept:
        others_lost, others_kept = all_lost - lost[name], all_kept - kept[name]
        rate, other_rate = lost[name] / max(lost[name] + kept[name], 1), others_lost / max(others_lost + others_kept, 1)
        if rate < max(other_rate + SERIOUS_SHARE, CLASS_FACTOR * other_rate):
            continue
        table = [[lost[name], kept[name]], [others_lost, others_kept]]
        if fisher_exact(table, alternative="greater").pvalue < CLASS_P / len(kept):
            far_more[name] = other_rate
    if len(far_more) > MOST_CLASSES:
        return [_concern_about_many(counted, far_more, lost, kept)]
    return [_concern_about_class(counted, name, lost[name], kept[name], rate) for name, rate in far_more.items()]


def _concern_about_class(counted: pd.DataFrame, name: str, lost: int, kept: int, other_rate: float) -> Concern:
    reason = Reason(counted.loc[counted["label"] == name, "reason"].mode().iloc[0])
    finding = (
        f"The class '{name}' lost {lost:,} of its {lost + kept:,} rows ({lost / (lost + kept):.1%}; most often because "
        f"{_CAUSES[reason]}), while the other classes lost {other_rate:.1%}."
    )
    return Concern(KINDS[reason], finding, "Check that the rows left still represent this class.")


def _concern_about_many(
    counted: pd.DataFrame, names: Collection[str], lost: Mapping[str, int], kept: Mapping[str, int]
) -> Concern:
    """Name the classes that lost the largest shares of their rows."""
    reason = Reason(counted.loc[counted["label"].isin(list(names)), "reason"].mode().iloc[0])
    rates = {name: lost[name] / (lost[name] + kept[name]) for name in names}
    worst = [f"'{name}' ({rates[name]:.1%})" for name in sorted(names, key=lambda name: -rates[name])]
    finding = (
        f"{len(worst)} of {len(kept):,} classes lost far more of their rows than the others (most often because "
        f"{_CAUSES[reason]}): {shortlist(worst, MOST_CLASSES)}."
    )
    return Concern(KINDS[reason], finding, "Check that the rows left still represent these classes.")
