"""All runs with their scores and intervals, and the floors."""

from textlab.evaluation.retrieval.floors import FREQUENT, RANDOM
from textlab.report.html import Fragment
from textlab.report.retrieval.findings import RetrievalFindings
from textlab.report.sections import leaderboard

NOTES = {
    FREQUENT: "what answers most training queries",
    RANDOM: "documents in a random order",
}
BESIDE = ("ndcg_10", "mrr_10", "recall_100")  # more would not fit the page; leaderboard.csv has them all


def board(findings: RetrievalFindings) -> Fragment:
    """Show all runs, the best on validation first; then the floors, and the runs without a score."""
    return leaderboard.board(findings, NOTES, [metric for metric in BESIDE if metric != findings.metric])
