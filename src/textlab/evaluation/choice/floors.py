"""Floors: scores that a model must exceed, because they come from answers that ignore the example."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.significance import SIGNIFICANCE

LUCK_OF_DRAW = 0.02  # chance and rounding move the score of a floor with drawn answers by this much


@dataclass(frozen=True, eq=False)  # a comparison holds frames
class FloorTest:
    """A model beside the floors, on one split.

    Attributes:
        model: the model's name.
        comparison: the model and the floors, on the same resamples of the examples.
        floors: the names of the floors. Of about equal ones, the first decides.
        ignoring: what a floor's answers are called in a sentence.
    """

    ignoring: ClassVar[str] = "answers that ignore the example"

    model: str
    comparison: Comparison
    floors: tuple[str, ...]

    @property
    def floor(self) -> str:
        """The floor with the highest score; an earlier one whose score is within `LUCK_OF_DRAW` of it."""
        highest = max(self.score(floor) for floor in self.floors)
        return next(floor for floor in self.floors if self.score(floor) >= highest - LUCK_OF_DRAW)

    @property
    def floor_text(self) -> str:
        """The name of the floor that decides, with what it answers."""
        return self.floor

    @property
    def difference(self) -> float:
        """The model's score minus that of the better floor."""
        return self.score(self.model) - self.score(self.floor)

    @property
    def p(self) -> float:
        """The p value of `difference`, from a paired bootstrap test."""
        return float(self.comparison.pair(self.model, self.floor)["p"])

    @property
    def is_above(self) -> bool:
        """True if the model beats all floors, and the best one by more than noise."""
        return self.difference > 0 and self.p < SIGNIFICANCE

    @property
    def width(self) -> float:
        """The width of the interval of the model's score; NaN if there is none."""
        low, high = (self.score(self.model, f"{self.comparison.metric}_{end}") for end in ("low", "high"))
        return high - low

    def score(self, name: str, metric: str | None = None) -> float:
        """Return the score of the model or a floor, by default in the compared metric."""
        return float(self.comparison.intervals.to_dict("index")[name][metric or self.comparison.metric])

    @property
    def table(self) -> pd.DataFrame:
        """The floors' rows of `comparison.intervals`."""
        return self.comparison.intervals.loc[list(self.floors)].drop(columns="group")
