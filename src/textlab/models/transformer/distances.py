"""Tables of relative positions, computed with NumPy for the network in torch and for the graph alike.

They are rounded as transformers rounds them, in float32, because a logarithm next to an integer decides a bucket.
"""

import math

import numpy as np

from textlab.models.transformer.description import Disentangled, Encoder, RelativeBias


def relative_rows(encoder: Encoder) -> np.ndarray:
    """Return the row of the embeddings of relative positions for each distance, int64 (2 longest + 1,).

    Args:
        encoder: its relative positions have embeddings; the distances go from -longest to longest.
    """
    distances = np.arange(-encoder.longest, encoder.longest + 1)
    if isinstance(encoder.relative, RelativeBias):
        return bias_buckets(distances, encoder.relative)
    assert isinstance(encoder.relative, Disentangled)
    return disentangled_rows(distances, encoder.relative)


def bias_buckets(distances: np.ndarray, relative: RelativeBias) -> np.ndarray:
    """Return the bucket of each distance, int64 of the same shape.

    Raffel et al. 2020, "Exploring the limits of transfer learning", section 2.1, as MPNet computes it: half of the
    buckets are for keys behind the query; half of those hold a single distance, and the others grow with it.

    Args:
        distances: integers, the place of the query less that of the key.
        relative: the numbers of buckets and of the farthest distance.
    """
    half = relative.buckets // 2
    single = half // 2
    far = np.maximum(np.abs(distances), single).astype(np.float32)
    ratio = np.log(far / np.float32(single)) / np.float32(math.log(relative.farthest / single))
    grown = np.minimum(single + (ratio * np.float32(half - single)).astype(np.int64), half - 1)
    return half * (distances < 0) + np.where(np.abs(distances) < single, np.abs(distances), grown)


def disentangled_rows(distances: np.ndarray, relative: Disentangled) -> np.ndarray:
    """Return the row of the embeddings of relative positions for each distance, int64 of the same shape.

    He et al. 2021, "DeBERTa", equation 3, with the logarithmic buckets of its second version.

    Args:
        distances: integers, the place of the query less that of the key.
        relative: the numbers of buckets and of the farthest distance.
    """
    span, rows = relative.buckets or relative.farthest, distances
    if relative.buckets:
        middle = np.float32(relative.buckets // 2)
        far = np.maximum(np.abs(distances), middle).astype(np.float32)
        ratio = np.log(far / middle) / np.log(np.float32((relative.farthest - 1) / middle))
        grown = np.ceil(ratio * (middle - 1)) + middle
        rows = np.where(np.abs(distances) <= middle, distances, np.sign(distances) * grown).astype(np.int64)
    return np.clip(rows + span, 0, 2 * span - 1)


def rotations(longest: int, size: int, base: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the cosines and sines of the angles by which queries and keys are rotated, each (longest, size / 2).

    Su et al. 2021, "RoFormer", equation 34.

    Args:
        longest: the number of positions.
        size: the width of an attention head.
        base: the base of the angles.
    """
    exponents = np.arange(0, size, 2, dtype=np.float32) / np.float32(size)
    frequencies = np.float32(1) / (float(base) ** exponents.astype(np.float64)).astype(np.float32)
    angles = np.arange(longest, dtype=np.float32)[:, None] * frequencies
    return np.cos(angles), np.sin(angles)
