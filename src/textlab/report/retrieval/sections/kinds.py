"""Scores by kind of request, and the champion beside the retriever that only matches words."""

from typing import Any

from textlab.evaluation import figures
from textlab.evaluation.choice.wording import metric_text, p_value
from textlab.evaluation.retrieval.kind_differences import kind_differences
from textlab.evaluation.retrieval.kinds import ALL
from textlab.report.html import Field, Fragment, picture, points, sentences, stacked, table
from textlab.report.retrieval.findings import RESAMPLES, RetrievalFindings
from textlab.report.sections.run_links import run_link, run_name

NO_KINDS = "The queries have no tags, so there are no kinds of request."


def kinds(findings: RetrievalFindings) -> Fragment:
    """Show each model's score and interval on each kind; darker fields are further below the model's mean."""
    rows_of: dict[str, dict[str, Any]] = {}
    for row in findings.kinds.to_dict("records"):
        rows_of.setdefault(row["kind"], {})[row["model"]] = row
    if len(rows_of) == 1:
        return sentences(NO_KINDS)
    overall, models = rows_of[ALL], list(rows_of[ALL])
    rows = []
    for kind, by_model in rows_of.items():
        queries = Field(f"{by_model[models[0]]['queries']:,}")
        rows.append([Field(kind), queries, *(_field(findings, by_model[name], overall[name]) for name in models)])
    return table(["kind of request", "queries", *(run_name(findings, name) for name in models)], rows)


def _field(findings: RetrievalFindings, row: dict[str, Any], overall: dict[str, Any]) -> Field:
    metric = findings.metric
    low, high = row[f"{metric}_low"], row[f"{metric}_high"]
    interval = "" if low != low else f"{points(low)} to {points(high)}"
    shade = min(1.0, max(0.0, 2 * (overall[metric] - row[metric])))
    return Field(points(row[metric]), run_link(findings, row["model"]), shade=shade, note=interval)


def kinds_picture(findings: RetrievalFindings) -> Fragment:
    """Draw the scores by kind of request."""
    if findings.kinds["kind"].nunique() == 1:
        return sentences(NO_KINDS)
    return picture(figures.kind_figure(findings.kinds, findings.metric))


def beside_words(findings: RetrievalFindings) -> Fragment:
    """Compare the champion with the retriever that only matches words, on each kind of request."""
    name, simple = findings.champion.name, findings.simple
    if not simple:
        return sentences("No other run only matches words, so the champion cannot be compared with one.")
    both = ((name, findings.entries[name].test), (simple, findings.entries[simple].test))
    compared = kind_differences(*both, findings.metric, resamples=RESAMPLES)
    link = run_link(findings, simple)
    rows = [
        [
            Field(row["kind"]),
            *(Field(text, link) for text in (f"{row['queries']:,}", _signed(row["difference"]), _interval(row))),
            *(Field(p_value(row[p]), link) for p in ("p", "p_holm")),
        ]
        for row in compared.to_dict("records")
    ]
    difference = f"{name} minus {simple}, points of {metric_text(findings.metric)}"
    headings = ["kind of request", "queries", difference, "95% interval", "p", "p (Holm)"]
    return stacked(sentences(f"{simple} only matches words."), table(headings, rows))


def _signed(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "−")


def _interval(row: dict[Any, Any]) -> str:
    if row["low"] != row["low"]:
        return "–"
    return f"{points(row['low'])} to {points(row['high'])}".replace("-", "−")
