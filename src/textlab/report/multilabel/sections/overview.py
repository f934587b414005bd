"""The question and the answer of a report on models of several labels."""

from textlab.evaluation.multilabel.predictions import truth_of
from textlab.report.html import Fragment
from textlab.report.multilabel.findings import MultilabelFindings
from textlab.report.sections import overview
from textlab.wording import shortlist

MOST_LABELS = 12  # with more labels, the rest are counted
BESIDE = ("micro_f1", "macro_f1")  # the metric beside the compared one: the first that is another


def question(findings: MultilabelFindings) -> Fragment:
    """State the question, the data and the runs."""
    models, named = len(findings.representatives), shortlist(findings.label_names, MOST_LABELS)
    asked = f"Which of {models} models best finds the labels of a text: {named}?"
    if models == 1:
        asked = f"How well does {findings.champion_entry.model} find the labels of a text: {named}?"
    truth = truth_of(findings.champion_entry.test)
    without = f", {(~truth.any(axis=1)).mean():.0%} without a label"
    test = f"{len(truth):,} {findings.comparison.noun}, {truth.sum(axis=1).mean():.1f} labels each{without}"
    return overview.question(findings, asked, test)


def answer(findings: MultilabelFindings) -> Fragment:
    """Recommend the champion or say why none is recommended, give the reasons, and show the champion's numbers."""
    return overview.answer(findings, next(metric for metric in BESIDE if metric != findings.metric))
