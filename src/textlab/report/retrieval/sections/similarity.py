"""Pairs of texts: agreement between the similarity of vectors and the stated similarity."""

from textlab.report.html import Field, Fragment, number, points, sentences, stacked, table
from textlab.report.retrieval.findings import RetrievalFindings
from textlab.report.sections.run_links import run_link, run_name

PREFIX = "similarity_"
METHOD = (
    "Spearman's correlation compares the order of the pairs. The absolute error, from 0 to 1, is measured after a "
    "monotone map from cosine to similarity. Map and threshold are fitted on one half of the pairs and measured on the "
    "other, both ways round."
)


def similarity(findings: RetrievalFindings) -> Fragment:
    """Show Spearman's correlation, the mean absolute error, and the accuracy at the best threshold."""
    rows = []
    for name, entry in findings.representatives.items():
        metrics, link = entry.run.metrics, run_link(findings, name)
        if f"{PREFIX}spearman" in metrics:
            texts = [number(metrics[f"{PREFIX}spearman"]), number(metrics.get(f"{PREFIX}mae"))]
            texts += [points(metrics.get(f"{PREFIX}accuracy")), number(metrics.get(f"{PREFIX}threshold"), 2)]
            rows.append([run_name(findings, name), *(Field(text, link) for text in texts)])
    if not rows:
        return sentences("No run was measured on pairs of texts: the data have none, or no model has vectors.")
    headings = ["model", "Spearman correlation", "mean absolute error", "accuracy, %", "threshold"]
    return stacked(table(headings, rows), sentences(METHOD, kind="note"))
