"""The findings of a report on models of several labels: floors, labels with few examples, and thresholds."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from textlab.concerns import Concern
from textlab.evaluation.choice.refusal import refusal, weak_choice
from textlab.evaluation.choice.score_fall import fall_concern, mean_fall
from textlab.evaluation.choice.sufficiency import wide_intervals
from textlab.evaluation.multilabel.doubts import label_concerns
from textlab.evaluation.multilabel.floors import LabelFloorTest, floor_test
from textlab.evaluation.multilabel.metrics import PRIMARY_METRIC, decision_score_names
from textlab.evaluation.multilabel.predictions import label_names_of
from textlab.evaluation.multilabel.thresholds import thresholds_of
from textlab.report.findings import Findings
from textlab.report.multilabel.grid_data import MultilabelData

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ADVICE = "Promote none of the models until the cause is known: check the labels and the worst examples."


class MultilabelFindings(Findings):
    """The findings about a grid of models of several labels; each is computed on first use."""

    @cached_property
    def label_names(self) -> list[str]:
        """The labels, in order."""
        return label_names_of(next(iter(self.entries.values())).test)

    @cached_property
    def metric(self) -> str:
        """The primary metric, or macro F1 if the primary one depends on more than the predicted labels."""
        return self.primary if self.primary in decision_score_names(self.label_names) else PRIMARY_METRIC

    @cached_property
    def data(self) -> MultilabelData:
        """The data behind the runs."""
        return MultilabelData(self.champion_entry.run, self.champion_entry.validation)

    @cached_property
    def floors(self) -> dict[str, LabelFloorTest]:
        """The champion beside the floors, on validation and test."""
        entry = self.champion_entry
        return {"validation": self._beside_floors(entry.validation), "test": self._beside_floors(entry.test)}

    def _beside_floors(self, frame: pd.DataFrame) -> LabelFloorTest:
        return floor_test(self.champion.name, frame, self.data.training_shares, self.metric)

    def _refuse(self, runs_above: int) -> Concern | None:
        return refusal(self.floors["test"], self.floors["validation"], runs_above, len(self.entries), ADVICE)

    def _doubts(self) -> list[Concern]:
        mean = mean_fall(self.validation, self.comparison)
        found = [
            None if self._refusal else weak_choice(self.floors["validation"], len(self.entries)),
            fall_concern(self.champion.name, self.validation, self.comparison, mean, self.data.concerns),
        ]
        labels = label_concerns(self.champion_entry.validation, self.champion_entry.test)
        wide = wide_intervals(self.comparison, list(self.representatives))
        return [*(concern for concern in found if concern), *labels, *wide]

    @cached_property
    def thresholds(self) -> dict[str, float]:
        """The champion's threshold of each label, chosen on validation."""
        return thresholds_of(self.champion_entry.validation)

    def figures(self) -> "dict[str, Figure]":
        """Add the decisions about each label to `Findings.figures`."""
        from textlab.evaluation import figures

        return super().figures() | {"label_decisions": figures.label_decisions_figure(self.drawn)}


FINDINGS = MultilabelFindings
