"""The share of answers that meet the conditions of their request, with and without reading conditions."""

from textlab.evaluation.retrieval.conditions import SHOWN, condition_table
from textlab.report.html import Field, Fragment, points, sentences, stacked, table
from textlab.report.retrieval.findings import RetrievalFindings
from textlab.report.sections.run_links import run_link, run_name

METHOD = (
    f"The conditions are those that the data state for a request. Its first {SHOWN} answers count. Each row compares "
    "rankings of one model: with the conditions that the search has read in the request, and without reading any."
)


def conditions(findings: RetrievalFindings) -> Fragment:
    """Show the share of answers that meet every stated condition."""
    dataset = findings.data.dataset
    if dataset is None:
        return sentences(findings.data.problem)
    shares = condition_table(findings.drawn, dataset)
    if shares.empty:
        return sentences("No request states a condition on a field of the documents.")
    rows = []
    for name, row in shares.to_dict("index").items():
        link = run_link(findings, str(name))
        texts = [
            f"{int(row['requests']):,}",
            f"{int(row['answers']):,}",
            points(row["met"]),
            points(row["met_without"]),
        ]
        rows.append([run_name(findings, str(name)), *(Field(text, link) for text in texts)])
    headings = ["model", "requests with conditions", "answers", "meet all, %", "meet all without reading, %"]
    return stacked(table(headings, rows), sentences(METHOD, kind="note"))
