"""ROC and precision-recall curves, and confusion matrices."""

from textlab.evaluation import figures
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Fragment, picture


def roc(findings: ClassificationFindings) -> Fragment:
    """Draw the ROC curves."""
    return picture(figures.roc_figure(findings.drawn))


def precision_recall(findings: ClassificationFindings) -> Fragment:
    """Draw the precision-recall curves, unless `rare_classes` has drawn that of the rarest class."""
    if findings.rare_classes:
        return Fragment("")
    return picture(figures.precision_recall_figure(findings.drawn))


def confusion(findings: ClassificationFindings) -> Fragment:
    """Draw the confusion matrices."""
    return picture(figures.confusion_figure(findings.drawn))
