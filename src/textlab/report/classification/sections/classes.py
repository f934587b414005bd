"""The scores of each class."""

from collections.abc import Hashable, Mapping

import pandas as pd

from textlab.evaluation.classification.class_scores import class_intervals, class_scores
from textlab.evaluation.classification.decision_scores import SCORES_OF_A_CLASS
from textlab.evaluation.classification.predictions import nouns_of
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, points, sentences, stacked, table

HEADINGS = ("precision", "recall", "F1")
SHOWN = 10  # classes at each end of the ranking; the classes between them are left out


def classes(findings: ClassificationFindings) -> Fragment:
    """Show the champion's precision, recall and F1 on test by class; of many classes, the worst and the best.

    Where a class is rare, this stands at the beginning of the report, see `rare_classes`.
    """
    return Fragment("") if findings.rare_classes else scores_by_class(findings)


def scores_by_class(findings: ClassificationFindings) -> Fragment:
    """Show precision, recall and F1 with their intervals, and a sentence about all classes."""
    scores = class_scores(findings.champion_entry.test)
    ends = scores if len(scores) <= 2 * SHOWN else _worst_and_best(scores)
    ends = ends.join(class_intervals(findings.champion_entry.test, [str(name) for name in dict.fromkeys(ends.index)]))
    rows = [
        [Field(str(name)), Field(f"{row['texts']:,}"), *(_score(row, kind) for kind in SCORES_OF_A_CLASS)]
        for name, row in ends.to_dict("index").items()
    ]
    headings: list[str | Field] = ["class", findings.comparison.noun]
    headings += [Field(kind, note="95% interval") for kind in HEADINGS]
    return stacked(sentences(_summary(findings, scores, len(ends))), table(headings, rows))


def _score(row: Mapping[Hashable, float], kind: str) -> Field:
    low, high = row[f"{kind}_low"], row[f"{kind}_high"]
    return Field(points(row[kind]), note="" if low != low else f"{points(low)} to {points(high)}")


def _worst_and_best(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the classes at both ends; of equal F1 scores, those of more texts say more."""
    worst = scores.sort_values(["f1", "texts"], ascending=[True, False], kind="stable").head(SHOWN)
    return pd.concat([worst, scores.sort_values(["f1", "texts"], kind="stable").tail(SHOWN)])


def _summary(findings: ClassificationFindings, scores: pd.DataFrame, shown: int) -> str:
    never = int((scores["recall"] == 0).sum())
    summary = (
        f"Over {len(scores):,} classes, {findings.champion.name} has a median F1 of {points(scores['f1'].median())}."
    )
    if never:
        summary += f" It finds no {nouns_of(findings.champion_entry.test)[0]} of {never:,} of them."
    if shown == len(scores):
        return summary
    return f"{summary} The table shows the {SHOWN} classes with the lowest F1 and the {SHOWN} with the highest."
