"""Precision-recall curves, and calibration."""

from textlab.evaluation import figures
from textlab.report.html import Fragment, picture
from textlab.report.multilabel.findings import MultilabelFindings


def precision_recall(findings: MultilabelFindings) -> Fragment:
    """Draw the precision-recall curves: the champion's, one for each label."""
    name = findings.champion.name
    return picture(figures.precision_recall_figure({name: findings.champion_entry.test}))


def reliability(findings: MultilabelFindings) -> Fragment:
    """Draw the share of examples that have a label against its probability, over all labels."""
    return picture(figures.reliability_figure(findings.drawn))
