"""The looks that the benchmark draws: without a shift, and with four kinds of shift."""

from dataclasses import dataclass

import numpy as np

from monitoring_parts.corpus import Corpus, Draw


@dataclass(frozen=True)
class Case:
    """The composition of a look's traffic.

    Attributes:
        name: the case, for people.
        sizes: the numbers of texts at which it is measured.
        negatives: the share of negative tweets; None for that of the reference, up to chance.
        foreign: the source of foreign texts, "" for none.
        foreign_share: their share.
    """

    name: str
    sizes: tuple[int, ...]
    negatives: float | None = None
    foreign: str = ""
    foreign_share: float = 0.0

    def rows(self, corpus: Corpus, draw: Draw, size: int, look: int) -> np.ndarray:
        """Draw the rows of the traffic."""
        random = np.random.default_rng([look, size])
        foreign = round(size * self.foreign_share)
        own = draw.traffic_rows(size - foreign, self.negatives, random)
        return np.concatenate([own, corpus.of_source(self.foreign, foreign, random)]) if foreign else own


NO_SHIFT = Case("no shift", (100, 300, 1_000, 5_000))
SHIFTS = (
    Case("negatives 32 to 48 %", (1_000,), negatives=0.48),
    Case("negatives 32 to 37 %", (1_000, 5_000), negatives=0.37),
    Case("another topic: airline tweets", (1_000,), foreign="airline", foreign_share=1.0),
    Case("10 % synthetic tweets", (1_000,), foreign="air_paradis", foreign_share=0.1),
)
