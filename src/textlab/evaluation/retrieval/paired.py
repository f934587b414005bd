"""The scores of several retrievers for the same queries, as a paired sample for `textlab.evaluation.statistics`."""

from collections.abc import Hashable, Mapping

import pandas as pd

from textlab.evaluation.retrieval.metrics import METRICS, query_scores
from textlab.evaluation.statistics.mean_scores import MeanScores


class QueryScores(MeanScores):
    """The scores of m retrievers for the same n queries: a table of each metric of `METRICS`.

    The queries count as independent draws, although several of them may look for one document. The documents are given,
    so an interval says how a score would vary with other queries to these documents. docs/results/search.md holds the
    measurements.
    """

    noun = "queries"


def query_scores_of(predictions: Mapping[str, pd.DataFrame]) -> QueryScores:
    """Score the queries of retrievers that can be compared.

    Args:
        predictions: for each model, a frame as `predictions` describes it, of one set of queries.

    Raises:
        ValueError: there is no model, or two models were tested on different queries.
    """
    if not predictions:
        raise ValueError("There are no predictions. Pass a mapping from each model's name to its predictions.")
    first, *others = predictions
    for other in others:
        _check_same_queries(first, predictions[first], other, predictions[other])
    scores = {model: query_scores(frame) for model, frame in predictions.items()}
    return QueryScores({metric: pd.DataFrame({name: of[metric] for name, of in scores.items()}) for metric in METRICS})


def query_set(predictions: pd.DataFrame) -> Hashable:
    """Return a key of the queries and of what is relevant for them; frames with one key can be compared."""
    return tuple(tuple(pd.util.hash_array(column.to_numpy(object))) for column in _judged(predictions).values())


def _judged(predictions: pd.DataFrame) -> dict[str, pd.Series]:
    """Return what must agree: ids, texts, and the relevant documents with their grades as text."""
    graded = zip(predictions["relevant"], predictions["grades"], strict=True)
    relevance = [" ".join(f"{document}:{grade}" for document, grade in zip(*of, strict=True)) for of in graded]
    texts = {column: predictions[column].astype(str) for column in ("id", "text")}
    return texts | {"relevance": pd.Series(relevance, index=predictions.index, dtype=object)}


def _check_same_queries(first: str, left: pd.DataFrame, other: str, right: pd.DataFrame) -> None:
    if len(left) != len(right):
        difference = f"'{first}' was tested on {len(left):,} queries and '{other}' on {len(right):,}"
    else:
        pairs = zip(_judged(left).items(), _judged(right).values(), strict=True)
        differing = [name for (name, mine), theirs in pairs if mine.tolist() != theirs.tolist()]
        if not differing:
            return
        difference = f"the queries of '{first}' and '{other}' differ in {', '.join(differing)}"
    raise ValueError(f"Test sets differ: {difference}. Compare runs on one dataset with one digest.")
