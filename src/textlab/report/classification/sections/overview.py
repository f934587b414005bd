"""The question and the answer of a report on classifiers."""

from collections.abc import Sequence

import pandas as pd

from textlab.evaluation.choice.wording import metric_text
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Fragment
from textlab.report.sections import overview
from textlab.wording import listed

MOST_CLASSES = 12  # with more classes, they are not named one by one


def question(findings: ClassificationFindings) -> Fragment:
    """State the question, the data and the runs."""
    test = findings.champion_entry.test
    shares = _class_shares(test["label"].value_counts(normalize=True), findings.label_names)
    return overview.question(findings, _question(findings), f"{len(test):,} {findings.comparison.noun}: {shares}")


def _question(findings: ClassificationFindings) -> str:
    models, classes = list(findings.representatives), _named(findings.label_names)
    if len(models) == 1:
        return f"How well does {findings.champion_entry.model} separate {classes}?"
    return f"Which of {len(models)} models best separates {classes}?"


def _named(classes: Sequence[str]) -> str:
    if len(classes) <= MOST_CLASSES:
        return listed(classes)
    return f"{len(classes):,} classes, such as {classes[0]} and {classes[1]}"


def _class_shares(shares: pd.Series, classes: Sequence[str]) -> str:
    """Return the share of each class; of many classes, that of the largest and the smallest."""
    if len(classes) <= MOST_CLASSES:
        return ", ".join(f"{100 * shares.get(label, 0):.0f}% {label}" for label in classes)
    known = shares.reindex(list(classes), fill_value=0).sort_values(ascending=False, kind="stable")
    largest, smallest = (f"{100 * known.iloc[place]:.2g}% {known.index[place]}" for place in (0, -1))
    return f"{len(classes):,} classes, from {largest} to {smallest}"


def answer(findings: ClassificationFindings) -> Fragment:
    """Recommend the champion or say why none is recommended, give the reasons, and show the champion's numbers."""
    if findings.metric == findings.primary:
        return overview.answer(findings, "accuracy")
    return overview.answer(
        findings,
        "accuracy",
        [
            f"The primary metric, {metric_text(findings.primary)}, depends on more than the predicted classes, so it "
            f"has no interval. Intervals and tests refer to {metric_text(findings.metric)}."
        ],
    )
