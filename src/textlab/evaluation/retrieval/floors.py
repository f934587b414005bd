"""Floors: rankings that ignore the query, which a model must beat."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.evaluation.retrieval.predictions import DEPTH

RANDOM = "random order"
FREQUENT = "most often relevant"
FLOORS = (FREQUENT, RANDOM)
NOBODY = "any-"  # the beginning of the ids that stand for documents which are not relevant


def floor_predictions(
    predictions: pd.DataFrame, documents: int, frequent: Sequence[str], seed: int = 0
) -> dict[str, pd.DataFrame]:
    """Rank documents without reading the query.

    `FREQUENT` always ranks the documents that answer the most training queries first. `RANDOM` draws an order: each
    relevant document gets a random place, and ids that are no document's stand for all others.

    Args:
        predictions: a model's predictions, whose queries and relevant documents are taken.
        documents: the number of documents.
        frequent: the ids of the documents that answer the most training queries, best first, see
            `RetrievalDataset.most_relevant_documents`.
        seed: random seed.
    """
    rng = np.random.default_rng(seed)
    drawn = [_random_ranking(list(relevant), documents, rng) for relevant in predictions["relevant"]]
    rankings = {FREQUENT: [list(frequent)[:DEPTH]] * len(predictions), RANDOM: drawn}
    return {floor: _ranked(predictions, found) for floor, found in rankings.items()}


def _random_ranking(relevant: list[str], documents: int, rng: np.random.Generator) -> list[str]:
    ranking = [f"{NOBODY}{place}" for place in range(min(DEPTH, documents))]
    for document, place in zip(relevant, rng.choice(documents, len(relevant), replace=False), strict=True):
        if place < len(ranking):
            ranking[place] = document
    return ranking


def _ranked(predictions: pd.DataFrame, found: list[list[str]]) -> pd.DataFrame:
    scores = [np.linspace(1, 0, len(ranking), dtype=np.float32) for ranking in found]
    kept = [column for column in ("id", "text", "tags", "relevant", "grades") if column in predictions]
    return predictions[kept].assign(
        found=pd.Series(found, index=predictions.index, dtype=object),
        scores=pd.Series(scores, index=predictions.index, dtype=object),
    )
