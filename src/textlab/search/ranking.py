"""Choose the best of many scores, and fuse rankings."""

from collections.abc import Sequence

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


def fused(rankings: Sequence[np.ndarray], constant: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Fuse rankings by reciprocal ranks (Cormack, Clarke and Büttcher, SIGIR 2009).

    Args:
        rankings: for each ranking the positions that it found, best first.
        constant: k in 1 / (k + rank); ranks begin with 1.
        count: the number of positions to return, at most.

    Returns:
        The positions, best first, with ties by position; and their scores.
    """
    parts = [1.0 / (constant + np.arange(1, len(ranking) + 1)) for ranking in rankings]
    positions, inverse = np.unique(np.concatenate(rankings), return_inverse=True)
    scores = np.bincount(inverse, weights=np.concatenate(parts), minlength=len(positions))
    order = np.argsort(-scores, kind="stable")[:count]
    return positions[order], scores[order]
