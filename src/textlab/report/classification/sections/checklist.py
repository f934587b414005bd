"""The method of a comparison of classifiers."""

from textlab.evaluation.classification.predictions import input_columns
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Fragment
from textlab.report.input_gains import plurals
from textlab.report.sections import checklist as of_any_task
from textlab.report.sections.checklist import UNKNOWN, Fact, TaskFacts
from textlab.wording import shortlist

MOST_CLASSES = 12  # classes whose share is stated; the others are counted
TESTS = (
    (
        "Differences",
        "paired bootstrap test on the same resamples, and McNemar's test (exact below 25 disagreements)",
    ),
    ("Floors", "majority class and training class shares, beside the champion in a paired bootstrap test"),
)
MEASUREMENTS = (
    (
        "Calibration",
        "temperature or vector scaling, fitted on validation and served (Guo et al. 2017); expected calibration error "
        "in 15 bins, with bootstrap intervals",
    ),
    ("Robustness", "CheckList tests (Ribeiro et al. 2020); failure rates with Wilson intervals"),
    ("Speed", "exported model on the machine above; 200 single examples, and 2,000 in batches of 64"),
)


def checklist(findings: ClassificationFindings) -> Fragment:
    """Answer the questions of the checklist from the record."""
    parity = "probabilities differ by at most {} on validation and on unusual inputs"
    return of_any_task.checklist(findings, TaskFacts(_data(findings), parity, TESTS, MEASUREMENTS))


def _data(findings: ClassificationFindings) -> list[Fact]:
    entry, reference = findings.champion_entry, findings.data.reference
    shares = reference.get("class_shares", {})
    noun, inputs = findings.comparison.noun, input_columns(entry.test)
    train = f"{reference['texts']:,} training {noun}" if "texts" in reference else f"training {noun} not recorded"
    rules = "; the rules for texts are in textlab.text" if "text" in inputs else ""
    return [
        ("Splits", f"{train}, {len(entry.validation):,} validation {noun}, {len(entry.test):,} test {noun}"),
        (
            "Class balance in training",
            shortlist([f"{100 * share:.1f}% {name}" for name, share in shares.items()], MOST_CLASSES) or UNKNOWN,
        ),
        ("Preprocessing", f"part of the exported model, which takes raw {plurals(inputs)}{rules}"),
    ]
