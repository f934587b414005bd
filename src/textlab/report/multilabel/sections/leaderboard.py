"""All runs with their scores and intervals, and the floors."""

from textlab.evaluation.multilabel.floors import EVERY, NONE, SHARES
from textlab.report.html import Fragment
from textlab.report.multilabel.findings import MultilabelFindings
from textlab.report.sections import leaderboard

NOTES = {
    NONE: "never a label",
    EVERY: "always all labels",
    SHARES: "each label at random, with its training share",
}


def board(findings: MultilabelFindings) -> Fragment:
    """Show all runs, the best on validation first; then the floors, and the runs without a score."""
    beside = [metric for metric in findings.task.secondary_metrics if metric != findings.metric]
    return leaderboard.board(findings, NOTES, beside)
