"""Queries with what models found for them, the relevant documents marked, for people to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textlab.report.retrieval.findings import RetrievalFindings

SHOWN = 3  # documents of a ranking
LETTERS = 140  # characters shown of a document's title and text
LETTERS_OF_QUERY = 300


@dataclass(frozen=True)
class Answer:
    """One document in a list.

    Attributes:
        title: the document's title, or its id.
        text: the start of its text; "" if the dataset could not be loaded.
        grade: how relevant it is; 0 for not relevant.
    """

    title: str
    text: str
    grade: int


@dataclass(frozen=True)
class Ranking:
    """The documents that one model found for a query, or should have found.

    Attributes:
        heading: whose list it is.
        answers: its first documents, best first.
    """

    heading: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Card:
    """A query and lists of documents side by side.

    Attributes:
        query: the query's text.
        caption: its kinds.
        rankings: the lists.
    """

    query: str
    caption: str
    rankings: tuple[Ranking, ...]


def card(findings: RetrievalFindings, query: Mapping[Any, Any], found: Mapping[str, Sequence[str]]) -> Card:
    """Make a card.

    Args:
        findings: the findings, which know the documents.
        query: the row of the query in a frame of predictions.
        found: lists of document ids by their headings.
    """
    grades = dict(zip(query["relevant"], query["grades"], strict=True))
    rankings = tuple(
        Ranking(heading, tuple(_answer(findings, document, grades) for document in list(documents)[:SHOWN]))
        for heading, documents in found.items()
    )
    return Card(clipped(query["text"], LETTERS_OF_QUERY), str(query.get("tags") or ""), rankings)


def _answer(findings: RetrievalFindings, document: str, grades: Mapping[str, int]) -> Answer:
    title, text = findings.data.documents.get(document, (document, ""))
    return Answer(clipped(title, LETTERS), clipped(text, LETTERS), int(grades.get(document, 0)))


def clipped(text: str, letters: int) -> str:
    """Return a text in one line, at most `letters` long, with an ellipsis if it was longer."""
    line = " ".join(str(text).split())
    return line if len(line) <= letters else f"{line[: letters - 1].rstrip()}…"
