"""The losses of static vectors: distance to a BERT's vectors, and in-batch negatives."""

from typing import Any

import numpy as np
import pandas as pd

from textlab.models.in_batch_negatives import in_batch_loss
from textlab.models.static_encoder.network import PackedTexts
from textlab.models.static_encoder.training import Loss

PAIRS_PER_QUERY = 4  # pairs drawn in an epoch; a query with a hundred documents does not outweigh the others


def distance_loss(texts: PackedTexts, targets: np.ndarray) -> Loss:
    """Return the loss 1 - cosine to the vectors of a teacher, float32 (n, d), of unit length."""
    import torch

    wanted = torch.from_numpy(targets)
    return lambda weight, rows: 1 - (texts.vectors(weight, rows) * wanted[rows]).sum(dim=1).mean()


def pair_loss(
    queries: PackedTexts, documents: PackedTexts, pairs: np.ndarray, relevant: Any, temperature: float
) -> Loss:
    """Return the loss of in-batch negatives; see `in_batch_loss`.

    Args:
        queries: q queries.
        documents: m documents.
        pairs: int (n, 2), a query and a document that is relevant for it.
        relevant: a sparse matrix (q, m), not zero where a document is relevant in any grade.
        temperature: divides the similarities.
    """

    def loss(weight: Any, rows: np.ndarray) -> Any:
        query_rows, document_rows = pairs[rows].T
        distinct, targets = np.unique(document_rows, return_inverse=True)
        vectors = queries.vectors(weight, query_rows), documents.vectors(weight, distinct)
        return in_batch_loss(*vectors, targets, relevant[query_rows][:, distinct].toarray() > 0, temperature)

    return loss


def drawn_pairs(pairs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return rows of pairs of a query and a document in random order, at most `PAIRS_PER_QUERY` of each query."""
    order = random.permutation(len(pairs))
    return order[pd.Series(pairs[order, 0]).groupby(pairs[order, 0]).cumcount().to_numpy() < PAIRS_PER_QUERY]
