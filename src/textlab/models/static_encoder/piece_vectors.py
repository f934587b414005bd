"""The vectors that training starts from: a BERT's word embeddings, weighted by how rare the pieces are.

Arora, Liang and Ma (2017), "A simple but tough-to-beat baseline for sentence embeddings", give the weights
a / (a + p), where p is the share of a piece among all pieces.
"""

import numpy as np

from textlab.models.transformer.batches import Tokens

RARITY = 1e-3  # a, as in the paper


def weighted(vectors: np.ndarray, tokens: Tokens) -> np.ndarray:
    """Centre the vectors, and multiply each by its weight.

    Pieces that occur in no text are the rarest: their weight is 1.

    Args:
        vectors: float32 (pieces, width).
        tokens: the texts in which pieces are counted.
    """
    counts = np.bincount(tokens.numbers, minlength=len(vectors))
    shares = counts / max(1, counts.sum())
    centred = vectors - vectors.mean(axis=0)
    length = np.linalg.norm(centred, axis=1).mean()  # a common length lets one learning rate suit every checkpoint
    return (centred * (RARITY / (RARITY + shares))[:, None] / length).astype(np.float32)


def principal_components(vectors: np.ndarray, dimension: int) -> np.ndarray:
    """Return the matrix (width, d) that projects vectors (pieces, width) onto their first principal components.

    Args:
        vectors: float32 (pieces, width), centred.
        dimension: d; 0, or no less than the width, keeps the vectors as they are.
    """
    width = vectors.shape[1]
    if not 0 < dimension < width:
        return np.eye(width, dtype=np.float32)
    _, directions = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    return np.ascontiguousarray(directions[:, ::-1][:, :dimension], dtype=np.float32)
