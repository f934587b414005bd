"""The sections of a report on classifiers, as notebook 80_compare shows them. Every number links to its MLflow run.

overview           the question and the answer
preparation        rows read and dropped, classes, text lengths
shift              whether the splits come from the same source
leaks              leaks and shortcuts in the data
label_issues       scores out of fold, and the likeliest wrong labels
leaderboard        all runs with scores and intervals, and the floors
robustness         behavioural tests
curves             ROC and precision-recall curves, confusion matrices
confused_examples  the confusion matrix with pictures
classes            the scores of each class
rare_classes       what stands first where a class is rare: its curve, its scores, and moved thresholds
calibration        reliability diagram, and what calibration has changed
decisions          costs, promises, abstention and prediction sets
agreement          how often two models predict the same
slices             scores on subsets of the test examples
mistakes           the most confident mistakes
checklist          the method, as a reproducibility checklist

Those that every task has are in `textlab.report.sections`.
"""

from textlab.report.classification.sections.agreement import agreement
from textlab.report.classification.sections.calibration import calibration, reliability
from textlab.report.classification.sections.checklist import checklist
from textlab.report.classification.sections.classes import classes
from textlab.report.classification.sections.confused_examples import confused_examples
from textlab.report.classification.sections.curves import confusion, precision_recall, roc
from textlab.report.classification.sections.decisions import cost_curves, decisions, expected_costs, risk_coverage
from textlab.report.classification.sections.label_issues import cross_validated, label_issues
from textlab.report.classification.sections.leaderboard import board
from textlab.report.classification.sections.leaks import leaks
from textlab.report.classification.sections.mistakes import mistakes
from textlab.report.classification.sections.overview import answer, question
from textlab.report.classification.sections.preparation import preparation
from textlab.report.classification.sections.rare_classes import rare_classes
from textlab.report.classification.sections.robustness import capabilities, capability_picture, failures
from textlab.report.classification.sections.shift import splits
from textlab.report.classification.sections.slices import slices
from textlab.report.sections.cost import costs, pareto
from textlab.report.sections.differences import differences
from textlab.report.sections.input_gains import input_gains
from textlab.report.sections.label_curve import label_curve
from textlab.report.sections.leaderboard import intervals
from textlab.report.sections.learning import learning
from textlab.report.sections.overview import concerns
from textlab.report.sections.seeds import seeds

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
    "confused_examples",
    "confusion",
    "cost_curves",
    "costs",
    "cross_validated",
    "decisions",
    "differences",
    "expected_costs",
    "failures",
    "input_gains",
    "intervals",
    "label_curve",
    "label_issues",
    "leaks",
    "learning",
    "mistakes",
    "pareto",
    "precision_recall",
    "preparation",
    "question",
    "rare_classes",
    "reliability",
    "risk_coverage",
    "roc",
    "seeds",
    "slices",
    "splits",
]
