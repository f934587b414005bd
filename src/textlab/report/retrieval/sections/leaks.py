"""Leaks: test queries that training has shown, and queries copied from documents."""

from textlab.report.html import Field, Fragment, points, sentences, stacked, table
from textlab.report.retrieval.findings import RetrievalFindings
from textlab.report.retrieval.rankings import clipped

LETTERS = 80  # characters shown of a query
METHOD = (
    "A query is known if a training query has the same words in the same order, whatever the case and the marks. "
    "A query is copied if its words stand next to each other in one of the documents that answer it best."
)


def leaks(findings: RetrievalFindings) -> Fragment:
    """State the leaks, how they were looked for, and the numbers."""
    found = findings.data.leaks
    if found is None:
        return sentences(findings.data.problem)
    rows = [
        [
            Field(str(split)),
            Field(f"{row['queries']:,}"),
            *(Field(f"{row[name]:,}", note=f"{points(row[name] / row['queries'])}%") for name in ("known", "copied")),
        ]
        for split, row in found.table.to_dict("index").items()
    ]
    verdict = [concern.text for concern in found.concerns] or ["No leak was found."]
    examples = [f"Known test queries: {'; '.join(clipped(text, LETTERS) for text in found.examples)}."]
    headings = ["split", "queries", "known from training", "copied from a document that answers them"]
    notes = [*(examples if found.examples else []), METHOD]
    return stacked(sentences(*verdict), table(headings, rows), sentences(*notes, kind="note"))
