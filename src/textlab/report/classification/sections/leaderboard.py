"""All runs with their scores and intervals, and the floors."""

from textlab.evaluation.classification.floors import CHEAPEST, MAJORITY, SHARES
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Fragment
from textlab.report.sections import leaderboard


def board(findings: ClassificationFindings) -> Fragment:
    """Show all runs, the best on validation first; then the floors, and the runs without a score."""
    constant = f"always {findings.floors['test'].majority}"
    notes = {MAJORITY: constant, CHEAPEST: constant, SHARES: "a class at random, with the training shares"}
    return leaderboard.board(findings, notes, findings.task.secondary_metrics)
