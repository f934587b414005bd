"""Validation of retrievers while they are fitted: rank documents for validation queries, and score the rankings."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.evaluation.retrieval.metrics import METRICS, PRIMARY_METRIC, retrieval_metrics
from textlab.models.hyperparameters import Hyperparameter

DEPTH = 100  # documents of a ranking; no metric looks further
MOST_QUERIES = 2000  # validation queries that choose a setting; more would change the choice rarely, and take longer
NUMBERS_AT_ONCE = 2**25  # similarities in memory: 128 MB

PrimaryMetric = Annotated[
    str, Hyperparameter("validation metric that selects the best epoch or setting", choices=METRICS)
]


def validation_queries(dataset: RetrievalDataset, most: int = MOST_QUERIES) -> pd.DataFrame:
    """Return the validation queries, or `most` of them, the same ones each time."""
    queries = dataset.validation
    return queries if len(queries) <= most else queries.sample(most, random_state=0).sort_index()


def ranked(documents: np.ndarray, queries: np.ndarray, depth: int = DEPTH) -> np.ndarray:
    """Rank documents by the cosine similarity of unit vectors.

    Args:
        documents: float32 (m, d).
        queries: float32 (n, d).
        depth: the number of documents of each ranking.

    Returns:
        The positions of the documents, int64 (n, min(depth, m)), best first; of equals the earlier one is first.
    """
    depth = min(depth, len(documents))
    rows = max(1, NUMBERS_AT_ONCE // max(1, len(documents)))
    found = np.empty((len(queries), depth), np.int64)
    for start in range(0, len(queries), rows):
        distances = -(queries[start : start + rows] @ documents.T)
        if depth < len(documents):
            nearest = np.sort(np.argpartition(distances, depth - 1, axis=1)[:, :depth], axis=1)
        else:
            nearest = np.broadcast_to(np.arange(depth), distances.shape)
        order = np.argsort(np.take_along_axis(distances, nearest, axis=1), axis=1, kind="stable")
        found[start : start + rows] = np.take_along_axis(nearest, order, axis=1)
    return found


def ranking_measures(
    dataset: RetrievalDataset, queries: pd.DataFrame, found: Sequence[Sequence[str]], metric: str = PRIMARY_METRIC
) -> dict[str, float]:
    """Score rankings of validation queries, under the names that a history gives the scores.

    Args:
        dataset: knows the relevant documents.
        queries: n queries of the validation split.
        found: for each query the ids of documents, best first.
        metric: one of `METRICS`.

    Returns:
        validation_<metric>, and recall among a hundred documents beside it.
    """
    graded = dataset.relevant("validation")
    grades = [graded[query] for query in queries["id"]]
    frame = pd.DataFrame(
        {
            "id": queries["id"].to_list(),
            "relevant": [list(each) for each in grades],
            "grades": [list(each.values()) for each in grades],
            "found": [list(each) for each in found],
        }
    )
    scores = retrieval_metrics(frame)
    return {f"validation_{name}": scores[name] for name in dict.fromkeys((metric, "recall_100"))}


def vector_measures(
    dataset: RetrievalDataset,
    queries: pd.DataFrame,
    document_vectors: np.ndarray,
    query_vectors: np.ndarray,
    metric: str = PRIMARY_METRIC,
) -> dict[str, float]:
    """Score unit vectors of all documents and of validation queries; see `ranked` and `ranking_measures`."""
    ids = dataset.documents["id"].to_numpy(object)
    return ranking_measures(dataset, queries, ids[ranked(document_vectors, query_vectors)].tolist(), metric)
