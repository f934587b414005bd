"""The findings of a report on retrievers: floors, kinds of request, and the retriever that only matches words."""

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from textlab.concerns import Concern
from textlab.evaluation.choice.floors import FloorTest
from textlab.evaluation.choice.refusal import refusal, weak_choice
from textlab.evaluation.choice.score_fall import fall_concern, mean_fall
from textlab.evaluation.choice.sufficiency import wide_intervals
from textlab.evaluation.retrieval.doubts import few_queries, simple_tie
from textlab.evaluation.retrieval.floors import FLOORS, floor_predictions
from textlab.evaluation.retrieval.kinds import kind_scores
from textlab.report.findings import Findings
from textlab.report.retrieval.grid_data import RetrievalData

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIMPLE = "bm25"  # the family that only matches words
ADVICE = "Promote none of the models until the cause is known: check the relevance and the worst queries."
RESAMPLES = 2_000  # bootstrap resamples of each kind of request


class RankingFloorTest(FloorTest):
    """A retriever beside rankings that ignore the query."""

    ignoring: ClassVar[str] = "rankings that ignore the query"


class RetrievalFindings(Findings):
    """The findings about a grid of retrievers; each is computed on first use."""

    @property
    def metric(self) -> str:
        """The primary metric; each query has a score, so every metric has intervals."""
        return self.primary

    @cached_property
    def data(self) -> RetrievalData:
        """The data behind the runs."""
        return RetrievalData(self.champion_entry.run, self.champion_entry.validation)

    @cached_property
    def floors(self) -> dict[str, RankingFloorTest]:
        """The champion beside the floors, on validation and test."""
        entry = self.champion_entry
        return {"validation": self._beside_floors(entry.validation), "test": self._beside_floors(entry.test)}

    def _beside_floors(self, frame: pd.DataFrame) -> RankingFloorTest:
        name = self.champion.name
        floors = floor_predictions(frame, self.data.document_count, self.data.frequent)
        return RankingFloorTest(name, self.task.compare({name: frame} | floors, self.metric, name), FLOORS)

    def _refuse(self, runs_above: int) -> Concern | None:
        return refusal(self.floors["test"], self.floors["validation"], runs_above, len(self.entries), ADVICE)

    def _doubts(self) -> list[Concern]:
        mean = mean_fall(self.validation, self.comparison)
        found = [
            None if self._refusal else weak_choice(self.floors["validation"], len(self.entries)),
            None if self._refusal else self._simple_tie(),
            fall_concern(self.champion.name, self.validation, self.comparison, mean, self.data.concerns),
        ]
        queries = few_queries(self.champion_entry.validation, self.champion_entry.test)
        wide = wide_intervals(self.comparison, list(self.representatives))
        return [*(concern for concern in found if concern), *queries, *wide]

    def _simple_tie(self) -> Concern | None:
        return simple_tie(self.comparison, self.champion.name, self.simple) if self.simple else None

    @property
    def simple(self) -> str:
        """The best run that only matches words; "" if there is none, or if it is the champion."""
        others = (name for name, entry in self.representatives.items() if entry.run.model == SIMPLE)
        return "" if self.champion_entry.run.model == SIMPLE else next(others, "")

    @property
    def rivals(self) -> list[str]:
        """The runs that single queries are compared with: the best other model on validation, and `simple`."""
        others = [name for name in self.representatives if name != self.champion.name]
        return list(dict.fromkeys([*others[:1], *filter(None, [self.simple])]))

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """The scores of the models in figures by kind of request, see `kinds.kind_scores`; the champion first."""
        drawn = {self.champion.name: self.drawn[self.champion.name]} | self.drawn
        return kind_scores(drawn, self.metric, resamples=RESAMPLES)

    def figures(self) -> "dict[str, Figure]":
        """Add the scores by kind of request to `Findings.figures`."""
        from textlab.evaluation import figures

        return super().figures() | {"kinds": figures.kind_figure(self.kinds, self.metric)}


FINDINGS = RetrievalFindings
