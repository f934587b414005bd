"""The sections of a report on models of several labels, as notebook 82_compare_multilabel shows them.

overview     the question and the answer
preparation  rows read and dropped, labels, sizes of label sets, text lengths, copies across splits
leaderboard  all runs with scores and intervals, and the floors
labels       decisions about each label, their scores and thresholds, and the labels mistaken for each other
together     labels that occur together, and that the champion predicts together
curves       precision-recall curves and calibration
mistakes     the examples whose labels are most wrong
checklist    the method, as a reproducibility checklist

Those that every task has are in `textlab.report.sections`.
"""

from textlab.report.multilabel.sections.checklist import checklist
from textlab.report.multilabel.sections.curves import precision_recall, reliability
from textlab.report.multilabel.sections.labels import confused, decisions, labels
from textlab.report.multilabel.sections.leaderboard import board
from textlab.report.multilabel.sections.mistakes import mistakes
from textlab.report.multilabel.sections.overview import answer, question
from textlab.report.multilabel.sections.preparation import copies, preparation
from textlab.report.multilabel.sections.together import together
from textlab.report.sections.cost import costs, pareto
from textlab.report.sections.differences import differences
from textlab.report.sections.input_gains import input_gains
from textlab.report.sections.leaderboard import intervals
from textlab.report.sections.learning import learning
from textlab.report.sections.overview import concerns
from textlab.report.sections.seeds import seeds

__all__ = [
    "answer",
    "board",
    "checklist",
    "concerns",
    "confused",
    "copies",
    "costs",
    "decisions",
    "differences",
    "input_gains",
    "intervals",
    "labels",
    "learning",
    "mistakes",
    "pareto",
    "precision_recall",
    "preparation",
    "question",
    "reliability",
    "seeds",
    "together",
]
