"""The network of a static encoder: a vector per word piece, summed over the text and divided by its length."""

from typing import Any

import numpy as np

from textlab.models.transformer.batches import Tokens

SHORTEST = 1e-12  # no vector is divided by less


def text_vectors(vectors: np.ndarray, tokens: Tokens) -> np.ndarray:
    """Return the unit vectors of texts: float32 (n, d).

    Args:
        vectors: float32 (pieces, d).
        tokens: n texts of at least one piece each.
    """
    from scipy.sparse import csr_matrix

    ends = np.concatenate([[0], np.cumsum(tokens.lengths)])
    ones = np.ones(len(tokens.numbers), np.float32)
    counts = csr_matrix((ones, tokens.numbers, ends), shape=(len(tokens.lengths), len(vectors)))
    return unit_length(counts @ vectors)


def unit_length(vectors: np.ndarray) -> np.ndarray:
    """Divide each vector (n, d) by its length."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), SHORTEST)


class PackedTexts:
    """Texts as torch tensors, from which batches are taken.

    Args:
        tokens: n texts.
        trained: int (t,), the pieces that training changes, ascending; every piece of the texts is one of them.
    """

    def __init__(self, tokens: Tokens, trained: np.ndarray) -> None:
        import torch

        rows = np.searchsorted(trained, tokens.numbers)
        self._texts = torch.from_numpy(rows).split(tokens.lengths.tolist())

    def vectors(self, weight: Any, rows: np.ndarray) -> Any:
        """Return the unit vectors of some texts, a tensor (len(rows), d) with a gradient.

        Args:
            weight: the vectors of the trained pieces, a tensor (t, d).
            rows: int (b,).
        """
        import torch

        texts = [self._texts[row] for row in rows]
        lengths = torch.tensor([len(text) for text in texts])
        sums = torch.nn.functional.embedding_bag(
            torch.cat(texts), weight, torch.cumsum(lengths, 0) - lengths, mode="sum"
        )
        return torch.nn.functional.normalize(sums, dim=1)
