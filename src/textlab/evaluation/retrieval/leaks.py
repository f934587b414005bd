"""Leaks of retrieval: test queries that training has shown, and queries copied from the documents that answer them."""

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.retrieval.ranks import best_documents

if TYPE_CHECKING:
    from textlab.data.retrieval_dataset import RetrievalDataset

MANY_KNOWN = 0.01  # share of the test queries; fewer hardly move a score
MANY_COPIED = 0.5  # share of the test queries; with more, matching words decides most of them
WORD = re.compile(r"\w+")


@dataclass(frozen=True, eq=False)  # a frame has no truth value
class QueryLeaks:
    """Queries that are easier than a real one.

    Attributes:
        table: one row per split (validation and test): `queries`, `known` (their words are those of a training query,
            in the same order, whatever the case and the marks) and `copied` (their words stand next to each other in
            one of the best documents).
        examples: up to five test queries that are known from training.
    """

    table: pd.DataFrame
    examples: tuple[str, ...]

    @property
    def concerns(self) -> list[Concern]:
        """The concerns about the test queries."""
        test = self.table.to_dict("index")["test"]
        found = []
        if test["known"]:
            finding = f"{_share(test, 'known')} of the test queries also occur among the training queries."
            advice = "Split the queries so that one wording is in one split."
            is_serious = test["known"] > MANY_KNOWN * test["queries"]
            found.append(Concern(ConcernKind.KNOWN_QUERIES, finding, advice, is_serious))
        if test["copied"] >= MANY_COPIED * test["queries"]:
            finding = (
                f"{_share(test, 'copied')} of the test queries stand word for word in a document that answers them."
            )
            advice = "Real requests use other words, so expect lower scores from models that match words."
            found.append(Concern(ConcernKind.COPIED_QUERIES, finding, advice))
        return found


def find_query_leaks(dataset: "RetrievalDataset") -> QueryLeaks:
    """Look for validation and test queries in the training queries, and in the documents that answer them."""
    known_texts = {_words(text) for text in dataset.train["text"]}
    texts = {str(name): text for name, text in zip(dataset.documents["id"], dataset.documents["text"], strict=True)}
    rows, examples = {}, []
    for split in ("validation", "test"):
        frame, relevant = getattr(dataset, split), dataset.relevant(split)
        words = {query: _words(text) for query, text in zip(frame["id"], frame["text"], strict=True)}
        known = [query for query, of_query in words.items() if of_query in known_texts]
        copied = sum(_is_copied(words[query], _best_texts(grades, texts)) for query, grades in relevant.items())
        rows[split] = {"queries": len(frame), "known": len(known), "copied": copied}
        examples = [str(text) for query, text in zip(frame["id"], frame["text"], strict=True) if query in set(known)]
    return QueryLeaks(pd.DataFrame.from_dict(rows, orient="index"), tuple(examples[:5]))


def _best_texts(grades: dict[str, int], texts: dict[str, str]) -> list[str]:
    judged = {"relevant": list(grades), "grades": list(grades.values())}
    return [texts[document] for document in best_documents(judged)]


def _is_copied(query: str, texts: Iterable[str]) -> bool:
    return bool(query) and any(f" {query} " in f" {_words(text)} " for text in texts)


def _words(text: str) -> str:
    return " ".join(WORD.findall(str(text).casefold()))


def _share(row: Mapping[Hashable, int], column: str) -> str:
    return f"{row[column]:,} ({100 * row[column] / row['queries']:.1f}%)"
