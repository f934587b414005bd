"""Dependent predictions: those of one caller, and those of one repeated text."""

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.design_effect import design_effect, effective_groups
from textlab.monitoring.traffic import Traffic

FEWEST_CALLERS = 30  # with fewer, the variance between callers cannot be estimated
SATURATED = 0.999999  # different texts share such a probability, which is recorded with six digits


def caller_groups(callers: np.ndarray) -> np.ndarray:
    """Number the callers of n predictions, from 0 on; every prediction by itself if the callers are too few.

    Args:
        callers: str (n,). Several large callers among many small ones count as few, see `effective_groups`.
    """
    numbers = np.asarray(pd.factorize(callers)[0])
    return numbers if effective_groups(numbers) >= FEWEST_CALLERS else np.arange(len(callers))


def repeated_groups(traffic: Traffic) -> np.ndarray:
    """Number the distinct requests: predictions with the same probabilities and length, from 0 on.

    Where the model is certain, different texts have the same probabilities. There, the caller must be the same, too.
    """
    certain = traffic.probabilities.max(axis=1) >= SATURATED
    callers = pd.factorize(traffic.callers)[0] + 1
    random = np.random.default_rng(0).integers(1, 2**63, traffic.probabilities.shape[1] + 2, dtype=np.uint64)
    bits = np.ascontiguousarray(traffic.probabilities, dtype=np.float32).view(np.uint32).astype(np.uint64)
    key = bits @ (random[2:] | np.uint64(1))
    key += traffic.characters.astype(np.uint64) * random[0] + (certain * callers).astype(np.uint64) * random[1]
    return np.asarray(pd.factorize(key)[0])


def inflation(values: np.ndarray, groupings: list[np.ndarray]) -> np.ndarray:
    """Return the design effect of each column's mean, the largest over several ways to group the rows.

    Args:
        values: float (n, d).
        groupings: int (n,) each.
    """
    return np.max([design_effect(values, groups) for groups in groupings], axis=0)


def fewest_effective(groupings: list[np.ndarray]) -> float:
    """Return the effective number of groups, the smallest over several ways to group the rows."""
    return min(effective_groups(groups) for groups in groupings)


def with_few_groups(p: float, groups: float) -> float:
    """Enlarge a p value of the normal distribution to that of Student's t with one degree fewer than groups."""
    from scipy.stats import norm, t

    return min(1.0, max(p, float(t.sf(norm.isf(p), max(groups - 1, 1))))) if p < 0.5 else p
