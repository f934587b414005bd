"""The method of a comparison of retrievers."""

from textlab.report.html import Fragment
from textlab.report.retrieval.findings import RESAMPLES, RetrievalFindings
from textlab.report.sections import checklist as of_any_task
from textlab.report.sections.checklist import Fact, TaskFacts
from textlab.wording import counted

TESTS = (
    ("Differences", "paired bootstrap test of the scores of each query, on the same resamples"),
    ("Floors", "documents in a random order, and those that answer most training queries, beside the champion"),
)
MEASUREMENTS = (
    (
        "Metrics",
        "nDCG@10 with linear gain of the grades (Järvelin and Kekäläinen 2002); MRR@10, MAP@100 and recall of the "
        "documents with a query's highest grade; a test compares them with ir-measures",
    ),
    ("Kinds of request", f"the queries' tags; intervals from {RESAMPLES:,} resamples"),
    ("Speed", "the exported model on the machine above, and the search in its index; one request at a time"),
)


def checklist(findings: RetrievalFindings) -> Fragment:
    """Answer the questions of the checklist from the record."""
    parity = "vectors differ by at most {} on queries, documents and unusual texts"
    return of_any_task.checklist(findings, TaskFacts(_data(findings), parity, TESTS, MEASUREMENTS))


def _data(findings: RetrievalFindings) -> list[Fact]:
    entry, dataset = findings.champion_entry, findings.data.dataset
    train = "training queries not recorded" if dataset is None else f"{len(dataset.train):,} training queries"
    return [
        ("Documents", f"{counted(findings.data.document_count, 'document')}, the same for every split"),
        ("Splits", f"{train}, {len(entry.validation):,} validation queries, {len(entry.test):,} test queries"),
        ("Relevance", "graded; a pair that is not listed counts as not relevant"),
        ("Preprocessing", "part of the exported model, which takes raw text; the index analyses its terms itself"),
    ]
