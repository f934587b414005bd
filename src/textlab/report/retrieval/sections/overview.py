"""The question and the answer of a report on retrievers."""

from textlab.evaluation.retrieval.kinds import ALL, kinds_of
from textlab.report.html import Fragment
from textlab.report.retrieval.findings import RetrievalFindings
from textlab.report.sections import overview
from textlab.wording import counted, shortlist

MOST_KINDS = 8  # kinds of request that are named; the others are counted
BESIDE = ("recall_10", "mrr_10")  # the metric beside the compared one: the first that is another


def question(findings: RetrievalFindings) -> Fragment:
    """State the question, the data and the runs."""
    test, models = findings.champion_entry.test, len(findings.representatives)
    asked = f"Which of {models} retrievers finds the documents that answer a request?"
    if models == 1:
        asked = f"How well does {findings.champion_entry.model} find the documents that answer a request?"
    counts = {kind: int(members.sum()) for kind, members in kinds_of(test).items() if kind != ALL}
    kinds = shortlist([f"{count:,} {kind}" for kind, count in counts.items()], MOST_KINDS)
    searched = f"which search {counted(findings.data.document_count, 'document')}"
    return overview.question(findings, asked, f"{len(test):,} queries, {searched}" + (f": {kinds}" if kinds else ""))


def answer(findings: RetrievalFindings) -> Fragment:
    """Recommend the champion or say why none is recommended, give the reasons, and show the champion's numbers."""
    return overview.answer(findings, next(metric for metric in BESIDE if metric != findings.metric))
