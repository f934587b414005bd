"""Train GloVe: the products of its vectors approximate the logarithms of co-occurrence counts.

Pennington, Socher and Manning (2014), "GloVe: Global Vectors for Word Representation",
https://aclanthology.org/D14-1162. Equation numbers refer to this paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np


@dataclass
class GloveState:
    """The state of training. The rows of `vectors` and `biases` are n words, then the same n words as contexts.

    Attributes:
        vectors: float32 (2n, width).
        biases: float32 (2n,).
        vector_squares, bias_squares: AdaGrad's running sums of squared gradients, in the same shapes.
    """

    vectors: np.ndarray
    biases: np.ndarray
    vector_squares: np.ndarray
    bias_squares: np.ndarray

    @classmethod
    def initial(cls, word_count: int, width: int, random: np.random.Generator) -> "GloveState":
        """Draw values uniformly from -0.5/width to 0.5/width and set the squares to 1, as the authors' program does."""
        vectors = ((random.random((2 * word_count, width)) - 0.5) / width).astype(np.float32)
        biases = ((random.random(2 * word_count) - 0.5) / width).astype(np.float32)
        return cls(vectors, biases, np.ones_like(vectors), np.ones_like(biases))


def co_occurrences(texts: Sequence[Sequence[str]], words: Sequence[str], window: int) -> Any:
    """Count how often two words occur within `window` of each other, weighted by 1/distance (section 3.1).

    Words outside `words` are removed before distances are measured. A window never crosses texts.

    Returns:
        Symmetric sparse float64 matrix (n, n).
    """
    from scipy.sparse import coo_matrix, csr_matrix

    index = {word: number for number, word in enumerate(words)}
    numbers = [[index[token] for token in text if token in index] for text in texts]
    flat = np.array([number for text in numbers for number in text], np.int32)
    owner = np.repeat(np.arange(len(numbers)), [len(text) for text in numbers])
    counts = csr_matrix((len(words), len(words)), dtype=np.float64)
    for distance in range(1, window + 1):
        within = owner[:-distance] == owner[distance:]
        left, right = flat[:-distance][within], flat[distance:][within]
        weights = np.full(len(left), 1.0 / distance)
        counts += coo_matrix((weights, (left, right)), shape=counts.shape).tocsr()
    return counts + counts.T


def weighting(counts: np.ndarray, x_max: float, alpha: float) -> np.ndarray:
    """Return (x / x_max) to the power of alpha, at most 1 (equation 9)."""
    return np.minimum((counts / x_max) ** alpha, 1.0).astype(np.float32)


def train_glove(
    texts: Sequence[Sequence[str]],
    words: Sequence[str],
    width: int,
    window: int,
    epochs: int,
    seed: int,
    x_max: float = 10.0,
    alpha: float = 0.75,
    learning_rate: float = 0.05,
) -> np.ndarray:
    """Train on tokenised texts in one thread, so the same seed gives the same numbers.

    Returns:
        float32 (n, width): for each word, the sum of its two vectors (section 4.2).
    """
    counts = co_occurrences(texts, words, window).tocoo()
    random = np.random.default_rng(seed)
    order = random.permutation(counts.nnz)  # once, as the authors' program does
    rows, columns = counts.row[order].astype(np.int32), counts.col[order].astype(np.int32)
    logarithms = np.log(counts.data[order]).astype(np.float32)
    weights = weighting(counts.data[order], x_max, alpha)
    state = GloveState.initial(len(words), width, random)
    for _ in range(epochs):
        run_epoch(state, rows, columns, logarithms, weights, learning_rate)
    return state.vectors[: len(words)] + state.vectors[len(words) :]


def run_epoch(
    state: GloveState,
    rows: np.ndarray,
    columns: np.ndarray,
    logarithms: np.ndarray,
    weights: np.ndarray,
    learning_rate: float,
) -> float:
    """Run AdaGrad once over m pairs of words in their order; update `state` in place.

    Args:
        state: the state of training.
        rows, columns: int32 (m,), the word and its context word.
        logarithms: float32 (m,), the logarithm of their co-occurrence count.
        weights: float32 (m,), from `weighting`.
        learning_rate: the learning rate of AdaGrad.

    Returns:
        Half of equation 8, summed over the pairs during the pass.
    """
    arrays = (state.vectors, state.biases, state.vector_squares, state.bias_squares)
    return float(_compiled()(*arrays, rows, columns, logarithms, weights, np.float32(learning_rate)))


@cache
def _compiled() -> Any:
    """Compile the loop once per process (about 2 s). numba's cache on disk would contain pickles."""
    from numba import njit

    # "numpy" omits the check for division by zero, so the inner loop is vectorised (2.4 times as fast).
    return njit(fastmath=True, nogil=True, error_model="numpy")(_adagrad)


def _adagrad(
    vectors: np.ndarray,
    biases: np.ndarray,
    vector_squares: np.ndarray,
    bias_squares: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    logarithms: np.ndarray,
    weights: np.ndarray,
    learning_rate: np.float32,
) -> float:
    half = len(vectors) // 2
    width = vectors.shape[1]
    loss = 0.0
    for pair in range(len(rows)):
        i, j = rows[pair], columns[pair] + half
        word, context, word_squares, context_squares = vectors[i], vectors[j], vector_squares[i], vector_squares[j]
        product = np.float32(0.0)
        for k in range(width):
            product += word[k] * context[k]
        difference = product + biases[i] + biases[j] - logarithms[pair]
        slope = weights[pair] * difference
        loss += 0.5 * slope * difference
        for k in range(width):
            of_word, of_context = slope * context[k], slope * word[k]
            word[k] -= learning_rate * of_word / np.sqrt(word_squares[k])
            context[k] -= learning_rate * of_context / np.sqrt(context_squares[k])
            word_squares[k] += of_word * of_word
            context_squares[k] += of_context * of_context
        biases[i] -= learning_rate * slope / np.sqrt(bias_squares[i])
        biases[j] -= learning_rate * slope / np.sqrt(bias_squares[j])
        bias_squares[i] += slope * slope
        bias_squares[j] += slope * slope
    return loss
