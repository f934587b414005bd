"""The method of a comparison of models of several labels."""

from textlab.evaluation.multilabel.predictions import input_columns
from textlab.evaluation.multilabel.thresholds import FEWEST_POSITIVES
from textlab.report.html import Fragment
from textlab.report.multilabel.findings import MultilabelFindings
from textlab.report.sections import checklist as of_any_task
from textlab.report.sections.checklist import Fact, TaskFacts
from textlab.wording import listed, shortlist

MOST_LABELS = 12  # labels whose share is stated; the others are counted
TESTS = (
    (
        "Differences",
        "paired bootstrap test on the same resamples of whole texts, and McNemar's test of whole label sets",
    ),
    ("Floors", "no label, every label, and labels drawn with their training shares, beside the champion"),
)
MEASUREMENTS = (
    (
        "Thresholds",
        "one for each label, which maximises its F1 on validation (Lipton et al. 2014); a label that fewer than "
        f"{FEWEST_POSITIVES} validation texts have gets the threshold that is best for all labels together",
    ),
    ("Metrics", "macro averages leave out labels that no test text has; subset accuracy asks for the whole label set"),
    ("Speed", "exported model on the machine above; 200 single examples, and 2,000 in batches of 64"),
)


def checklist(findings: MultilabelFindings) -> Fragment:
    """Answer the questions of the checklist from the record."""
    parity = "probabilities differ by at most {} on validation and on unusual inputs"
    return of_any_task.checklist(findings, TaskFacts(_data(findings), parity, TESTS, MEASUREMENTS))


def _data(findings: MultilabelFindings) -> list[Fact]:
    entry, dataset, noun = findings.champion_entry, findings.data.dataset, findings.comparison.noun
    train = f"training {noun} not recorded" if dataset is None else f"{len(dataset.train):,} training {noun}"
    shares = [f"{100 * share:.1f}% {name}" for name, share in findings.data.training_shares.items()]
    return [
        ("Splits", f"{train}, {len(entry.validation):,} validation {noun}, {len(entry.test):,} test {noun}"),
        ("Labels in training", shortlist(shares, MOST_LABELS)),
        ("Preprocessing", f"part of the exported model, which takes raw values of {listed(input_columns(entry.test))}"),
    ]
