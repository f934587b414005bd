"""All runs with their scores and intervals, and the floors."""

from textlab.evaluation.retrieval.floors import FREQUENT, RANDOM
from textlab.evaluation.retrieval.metrics import METRICS
from textlab.report.html import Fragment
from textlab.report.retrieval.findings import RetrievalFindings
from textlab.report.sections import leaderboard

NOTES = {
    FREQUENT: "the documents that answer most training queries, for every query",
    RANDOM: "the documents in a random order",
}


def board(findings: RetrievalFindings) -> Fragment:
    """Show all runs, the best on validation first; then the floors, and the runs without a score."""
    return leaderboard.board(findings, NOTES, [metric for metric in METRICS if metric != findings.metric])
