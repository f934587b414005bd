"""The interface between a task and the statistics: models that were tested on the same examples."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Contributions:
    """What each example adds to the sums from which scores are computed.

    Examples that add the same to every sum share a pattern. A bootstrap that counts patterns instead of examples gives
    the same scores in less time.

    Attributes:
        patterns: float (p, s), an array or a sparse array of SciPy: what one example of each pattern adds to each of
            the s sums.
        pattern_of_example: int (n,), positions in `patterns`.
        sizes: int (p,), the number of examples of each pattern.
    """

    patterns: Any
    pattern_of_example: np.ndarray
    sizes: np.ndarray


class PairedSample(ABC):
    """The results of m models on the same n examples.

    Every score is a function of sums over examples: a mean, an F1 score and a correlation all are. The statistics
    reweight the examples, recompute the sums and ask for the scores again. They know nothing else about the task.

    Attributes:
        models: the m names.
        noun: what the examples are called, in the plural, such as "texts" or "queries".
    """

    noun: str = "texts"

    models: tuple[str, ...]

    @property
    @abstractmethod
    def examples(self) -> int:
        """The number of examples, n."""

    @property
    @abstractmethod
    def correct(self) -> np.ndarray | None:
        """Which examples each model gets right, bool (m, n). None for a task without right and wrong answers."""

    @abstractmethod
    def contributions(self) -> Contributions:
        """The summands of each example in the sums that `scores` takes."""

    @abstractmethod
    def scores(self, sums: np.ndarray, metrics: Sequence[str]) -> dict[str, np.ndarray]:
        """Compute metrics from sums of contributions.

        Args:
            sums: float (r, s), the sums of r samples of examples.
            metrics: names of metrics; more is better in each.

        Returns:
            For each metric float64 (r, m). NaN where a metric is undefined.

        Raises:
            ValueError: the task has no such metric.
        """
