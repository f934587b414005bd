"""The frame of predictions, which everything that evaluates a retriever reads.

One row per query with the columns `id`, `text`, `tags` if the dataset has them, `relevant` (the ids of the relevant
documents, the highest grade first), `grades` (their grades), `found` (the ids of at most `DEPTH` documents, best first)
and `scores` (float32, of the documents found).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from textlab.data.examples import check_columns
from textlab.wording import counted, shortlist

if TYPE_CHECKING:
    from textlab.data.retrieval_dataset import RetrievalDataset

DEPTH = 100  # documents kept of a ranking; no metric looks further
COLUMNS = ("id", "text", "relevant", "grades", "found", "scores")


class FoundDocument(Protocol):
    """A document that a search found; `textlab.search.index.Hit` is one."""

    @property
    def id(self) -> str:
        """The document's id."""

    @property
    def score(self) -> float:
        """The score by which it was ranked; more is better."""


def search_predictions(
    dataset: "RetrievalDataset", split: str, hits: Sequence[Sequence[FoundDocument]]
) -> pd.DataFrame:
    """Make the frame of predictions of a split.

    Args:
        dataset: the dataset that was searched.
        split: "train", "validation" or "test".
        hits: for each query of the split, in order, the documents found, best first. Those beyond the first `DEPTH` are
            left out; a query may have none.

    Raises:
        ValueError: there are not as many rankings as queries; or a ranking holds an unknown document, a document twice,
            a score that is not finite, or a score above an earlier one.
    """
    queries = getattr(dataset, split)
    if len(hits) != len(queries):
        raise ValueError(
            f"{counted(len(hits), 'ranking')} came for the {len(queries):,} queries of '{split}'. Pass one for each "
            "query, in order."
        )
    kept = [list(ranking[:DEPTH]) for ranking in hits]
    found = [[hit.id for hit in ranking] for ranking in kept]
    scores = [np.array([hit.score for hit in ranking], dtype=np.float32) for ranking in kept]
    _check_rankings(dataset, list(queries["id"]), found, scores)
    graded = [sorted(grades.items(), key=_best_first) for grades in dataset.relevant(split).values()]
    columns = {
        "id": queries["id"].to_list(),
        "text": queries["text"].to_list(),
        **({"tags": queries["tags"].to_list()} if "tags" in queries else {}),
        "relevant": [[document for document, _ in grades] for grades in graded],
        "grades": [[grade for _, grade in grades] for grades in graded],
        "found": found,
        "scores": scores,
    }
    return pd.DataFrame(columns)


def check_predictions(name: str, predictions: pd.DataFrame) -> None:
    """Raise ValueError unless a frame, which `name` describes, is one of a retriever's predictions."""
    check_columns(predictions, COLUMNS, name, "The evaluation of a retriever")
    if predictions.empty:
        raise ValueError(f"The {name} frame has no queries. Pass at least one.")
    if unanswered := int((predictions["relevant"].map(len) == 0).sum()):
        raise ValueError(f"The {name} frame has {counted(unanswered, 'row')} without a relevant document. Drop them.")


def _best_first(graded: tuple[str, int]) -> tuple[int, str]:
    document, grade = graded
    return -grade, document


def _check_rankings(
    dataset: "RetrievalDataset", queries: list[str], found: list[list[str]], scores: list[np.ndarray]
) -> None:
    known = set(dataset.documents["id"])
    if unknown := sorted({document for ranking in found for document in ranking} - known):
        raise ValueError(
            f"Rankings hold {counted(len(unknown), 'id')} that '{dataset.name}' does not have: {shortlist(unknown)}. "
            "Search an index of this dataset's documents."
        )
    for query, ranking, values in zip(queries, found, scores, strict=True):
        if len(set(ranking)) < len(ranking):
            raise ValueError(f"The ranking of query '{query}' holds a document twice. Rank each document once.")
        if not np.isfinite(values).all():
            raise ValueError(
                f"The ranking of query '{query}' has a score that is not finite. Check the model's vectors."
            )
        if (np.diff(values) > 0).any():
            raise ValueError(f"The ranking of query '{query}' is not sorted by score. Put the best document first.")
