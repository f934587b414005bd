"""The check that every row of an encoder's answer is a unit vector."""

import numpy as np

LENGTH_TOLERANCE = 1e-3


def invalid_vectors(vectors: np.ndarray) -> np.ndarray | None:
    """The rows of `vectors`, float32 (n, d), that hold numbers that are not finite, or whose length is not 1.

    Returns:
        bool (n,), true for each invalid row; None if all rows are valid, also for d = 0.
    """
    if not vectors.size:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        lengths = np.einsum("ij,ij->i", vectors, vectors)
        # A comparison with NaN is false, so this also finds NaN.
        invalid = ~(np.abs(np.sqrt(lengths) - 1) <= LENGTH_TOLERANCE)
    return invalid if invalid.any() else None
