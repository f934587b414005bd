"""Choose the best of many scores, and fuse rankings."""

import numpy as np

FEW = 4096


def best_positions(scores: np.ndarray, count: int) -> np.ndarray:
    """Return the positions of the `count` highest scores, best first; ties by position.

    Args:
        scores: float (n,); -inf leaves a position out.
        count: at least 1.
    """
    candidates = np.arange(len(scores)) if len(scores) <= max(FEW, 8 * count) else _candidates(scores, count)
    best = candidates[np.argsort(-scores[candidates], kind="stable")[:count]]
    return best[scores[best] > -np.inf]


def _candidates(scores: np.ndarray, count: int) -> np.ndarray:
    """Return all positions whose score reaches a bound that at least `count` scores reach, ascending.

    The bound is the count-th highest of the maxima of blocks, which one pass over the scores finds. It is several times
    faster than sorting or partitioning all of them.
    """
    block = len(scores) // (4 * count)
    blocks = len(scores) // block
    maxima = scores[: blocks * block].reshape(blocks, block).max(axis=1)
    bound = np.partition(maxima, blocks - count)[blocks - count]
    return np.flatnonzero(scores >= bound)


def fused(
    by_vectors: np.ndarray, by_terms: np.ndarray, count: int, constant: int = 60, term_weight: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """Fuse two rankings by weighted reciprocal ranks (Cormack, Clarke and Büttcher, SIGIR 2009, for equal weights).

    Args:
        by_vectors: the positions that the vectors found, best first.
        by_terms: the positions that the terms found, best first.
        count: the number of positions to return, at most.
        constant: k in 1 / (k + rank); ranks begin with 1.
        term_weight: the share of the terms, from 0 (vectors alone) to 1 (terms alone).

    Returns:
        The positions, best first, with ties by position; and their scores, float64.
    """
    weighted = [(by_vectors, 1 - term_weight), (by_terms, term_weight)]
    weighted = [(ranking, weight) for ranking, weight in weighted if weight > 0]
    parts = [weight / (constant + np.arange(1, len(ranking) + 1)) for ranking, weight in weighted]
    positions, inverse = np.unique(np.concatenate([ranking for ranking, _ in weighted]), return_inverse=True)
    scores = np.bincount(inverse, weights=np.concatenate(parts), minlength=len(positions))
    order = np.argsort(-scores, kind="stable")[:count]
    return positions[order], scores[order]
