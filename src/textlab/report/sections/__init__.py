"""The sections of a report, as notebook 80_compare shows them. Every number links to its MLflow run.

overview     the question, the data, the answer, and the concerns about it
preparation  what was done to the data
shift        whether the splits come from the same source
leaks        leaks and shortcuts in the data
leaderboard  all runs with scores and intervals
differences  every model against the best on validation, and all pairs
seeds        mean and standard deviation over seeds
cost         training time, memory, size and latency; the Pareto front
robustness   behavioural tests
curves       ROC and precision-recall curves, confusion matrices, learning curves
calibration  reliability diagram, and temperature scaling
agreement    how often two models predict the same
slices       scores on subsets of the test texts
mistakes     the most confident mistakes
checklist    the method, as a reproducibility checklist
run_links    the link from a number to its run
"""

from textlab.report.sections.agreement import agreement
from textlab.report.sections.calibration import calibration, reliability
from textlab.report.sections.checklist import checklist
from textlab.report.sections.classes import classes
from textlab.report.sections.cost import costs, pareto
from textlab.report.sections.curves import confusion, learning, precision_recall, roc
from textlab.report.sections.differences import differences
from textlab.report.sections.leaderboard import board, intervals
from textlab.report.sections.leaks import leaks
from textlab.report.sections.mistakes import mistakes
from textlab.report.sections.overview import answer, concerns, question
from textlab.report.sections.preparation import preparation
from textlab.report.sections.robustness import capabilities, capability_picture, failures
from textlab.report.sections.seeds import seeds
from textlab.report.sections.shift import splits
from textlab.report.sections.slices import slices

__all__ = [
    "agreement",
    "answer",
    "board",
    "calibration",
    "capabilities",
    "capability_picture",
    "checklist",
    "classes",
    "concerns",
    "confusion",
    "costs",
    "differences",
    "failures",
    "intervals",
    "leaks",
    "learning",
    "mistakes",
    "pareto",
    "precision_recall",
    "preparation",
    "question",
    "reliability",
    "roc",
    "seeds",
    "slices",
    "splits",
]
