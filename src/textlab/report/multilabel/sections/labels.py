"""Decisions about each label, their scores and thresholds, and the labels that are mistaken for each other."""

from textlab.evaluation import figures
from textlab.evaluation.multilabel.label_scores import confused_labels, label_scores
from textlab.report.html import Field, Fragment, picture, points, sentences, stacked, table
from textlab.report.multilabel.findings import MultilabelFindings

SHOWN = 40  # labels with the lowest F1 that the table shows
PAIRS = 15


def decisions(findings: MultilabelFindings) -> Fragment:
    """Draw how often each label is found, missed and wrongly predicted."""
    return picture(figures.label_decisions_figure(findings.drawn))


def labels(findings: MultilabelFindings) -> Fragment:
    """Show the champion's scores and threshold of each label on test, the lowest F1 first."""
    scores, noun = label_scores(findings.champion_entry.test), findings.comparison.noun
    rows = [
        [
            Field(str(name)),
            *(Field(f"{int(row[column]):,}") for column in ("examples", "missed", "false_alarms")),
            *(Field(points(row[metric])) for metric in ("precision", "recall", "f1", "average_precision")),
            Field(f"{findings.thresholds[str(name)]:.2f}"),
        ]
        for name, row in scores.head(SHOWN).to_dict("index").items()
    ]
    headings = [
        "label",
        noun,
        "missed",
        "predicted wrongly",
        "precision",
        "recall",
        "F1",
        "average precision",
        "threshold",
    ]
    summary = (
        f"Over {len(scores):,} labels, {findings.champion.name} has a median F1 of {points(scores['f1'].median())}. "
        "A label is predicted if its probability reaches the threshold, which validation has chosen."
    )
    left_out = f" The table shows the {SHOWN} labels with the lowest F1." if len(scores) > SHOWN else ""
    return stacked(sentences(summary + left_out), table(headings, rows))


def confused(findings: MultilabelFindings) -> Fragment:
    """Show where the champion misses one label and predicts another."""
    pairs = confused_labels(findings.champion_entry.test).head(PAIRS)
    if pairs.empty:
        return sentences(f"{findings.champion.name} never predicts one label in place of another.")
    rows = [
        [
            Field(str(row["missed"])),
            Field(str(row["predicted"]), is_number=False),
            Field(f"{row['count']:,}", note=f"{points(row['share'])}% of those with the missed label"),
        ]
        for row in pairs.to_dict("records")
    ]
    headings: list[str | Field] = ["missed", Field("predicted in its place", is_number=False), findings.comparison.noun]
    return table(headings, rows)
