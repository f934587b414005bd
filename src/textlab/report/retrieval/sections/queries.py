"""Single queries: where models differ most, and where the champion does worst, with what was found."""

from typing import Any

from textlab.evaluation import figures
from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.retrieval.differences import largest_differences, worst_queries
from textlab.evaluation.retrieval.ranks import best_documents
from textlab.report.html import Fragment, picture, points, render, sentences
from textlab.report.retrieval.findings import RetrievalFindings
from textlab.report.retrieval.rankings import Card, card

DIFFERING = 5  # queries for each rival
WORST = 8


def ranks(findings: RetrievalFindings) -> Fragment:
    """Draw how far down the rankings the first good document is."""
    return picture(figures.rank_figure(findings.drawn))


def differing(findings: RetrievalFindings) -> Fragment:
    """Show the queries whose scores differ most between the champion and its rivals, with what each found."""
    if not findings.rivals:
        return sentences("There is only one model, so there is no difference to show.")
    parts = [(f"{findings.champion.name} and {rival}", _differing(findings, rival)) for rival in findings.rivals]
    return render("rankings", parts=parts)


def _differing(findings: RetrievalFindings, rival: str) -> list[Card]:
    names = (findings.champion.name, rival)
    frames = {name: findings.entries[name].test for name in names}
    first, second = frames.items()
    chosen = largest_differences(first, second, findings.metric, DIFFERING)
    rows = {name: _rows(frame) for name, frame in frames.items()}
    return [
        card(
            findings,
            rows[names[0]][query],
            {_heading(findings, name, scores[name]): rows[name][query]["found"] for name in names},
        )
        for query, scores in chosen.to_dict("index").items()
    ]


def worst(findings: RetrievalFindings) -> Fragment:
    """Show the champion's worst queries: what it should have found, and what it found instead."""
    name, frame = findings.champion.name, findings.champion_entry.test
    chosen = worst_queries(frame, findings.metric, WORST)
    rows = _rows(frame)
    cards = [
        card(
            findings,
            rows[query],
            {
                _wanted(row["rank"]): best_documents(rows[query]),
                _heading(findings, "found instead", row[findings.metric]): rows[query]["found"],
            },
        )
        for query, row in chosen.to_dict("index").items()
    ]
    return render("rankings", parts=[(f"Lowest scores of {name}", cards)])


def _rows(frame: Any) -> dict[Any, dict[Any, Any]]:
    return {row["id"]: row for row in frame.to_dict("records")}


def _heading(findings: RetrievalFindings, name: str, score: float) -> str:
    return f"{name}: {metric_text(findings.metric)} {points(score)}"


def _wanted(rank: Any) -> str:
    """Return the heading of the documents that answer a query best, with the place of the first in the ranking."""
    place = f"first one at rank {rank}" if isinstance(rank, int) else "none among the first 100"
    return f"best answers ({place})"
