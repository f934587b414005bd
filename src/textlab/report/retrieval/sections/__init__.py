"""The sections of a report on retrievers, as notebook 81_compare_search shows them. Numbers link to their MLflow runs.

overview     the question and the answer
preparation  rows read and dropped, queries, grades, text lengths
leaks        test queries that also occur in training, or in documents
leaderboard  all runs with scores and intervals, and the floors
kinds        scores by kind of request, and the champion beside matching words
queries      where models differ most, and where the champion does worst
conditions   share of answers that meet the conditions of their request
similarity   agreement of cosines with the similarity of pairs
fairness     names and places in requests
checklist    the method, as a reproducibility checklist

Those that every task has are in `textlab.report.sections`.
"""

from textlab.report.retrieval.sections.checklist import checklist
from textlab.report.retrieval.sections.conditions import conditions
from textlab.report.retrieval.sections.fairness import fairness
from textlab.report.retrieval.sections.kinds import beside_words, kinds, kinds_picture
from textlab.report.retrieval.sections.leaderboard import board
from textlab.report.retrieval.sections.leaks import leaks
from textlab.report.retrieval.sections.overview import answer, question
from textlab.report.retrieval.sections.preparation import preparation
from textlab.report.retrieval.sections.queries import differing, ranks, worst
from textlab.report.retrieval.sections.similarity import similarity
from textlab.report.sections.cost import costs, pareto
from textlab.report.sections.differences import differences
from textlab.report.sections.leaderboard import intervals
from textlab.report.sections.learning import learning
from textlab.report.sections.overview import concerns
from textlab.report.sections.seeds import seeds

__all__ = [
    "answer",
    "beside_words",
    "board",
    "checklist",
    "concerns",
    "conditions",
    "costs",
    "differences",
    "differing",
    "fairness",
    "intervals",
    "kinds",
    "kinds_picture",
    "leaks",
    "learning",
    "pareto",
    "preparation",
    "question",
    "ranks",
    "seeds",
    "similarity",
    "worst",
]
