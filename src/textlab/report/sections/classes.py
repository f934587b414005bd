"""The scores of each class."""

import pandas as pd

from textlab.evaluation.classification.class_scores import class_scores
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, points, sentences, stacked, table

SHOWN = 10  # classes at each end of the ranking; the classes between them are left out


def classes(findings: Findings) -> Fragment:
    """Show the champion's precision, recall and F1 on test by class; of many classes, the worst and the best."""
    scores = class_scores(findings.champion_entry.test)
    ends = scores if len(scores) <= 2 * SHOWN else pd.concat([scores.head(SHOWN), scores.tail(SHOWN)])
    rows = [
        [Field(str(name)), Field(f"{row['texts']:,}"), *(Field(points(row[m])) for m in ("precision", "recall", "f1"))]
        for name, row in ends.to_dict("index").items()
    ]
    return stacked(
        sentences(_summary(findings, scores, len(ends))), table(["class", "texts", "precision", "recall", "F1"], rows)
    )


def _summary(findings: Findings, scores: pd.DataFrame, shown: int) -> str:
    never = int((scores["recall"] == 0).sum())
    middle = (
        f"The median F1 of {findings.champion.name} over {len(scores):,} classes is {points(scores['f1'].median())}"
    )
    middle += f"; it finds no text of {never:,} of them." if never else "."
    if shown == len(scores):
        return middle
    return f"{middle} The table shows the {SHOWN} classes with the lowest F1 and the {SHOWN} with the highest."
