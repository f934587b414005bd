"""The findings of a report, whatever its task: the verdict on the compared runs, and the reasons to doubt it."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.conclusion import conclusion, score_text
from textlab.evaluation.choice.floors import FloorTest
from textlab.report.comparisons import ComparedRuns
from textlab.report.doubts import seed_concerns, training_concerns, truncation_concerns
from textlab.report.grid_data import GridData
from textlab.report.input_gains import InputGain, input_gains
from textlab.report.label_curves import LabelCurves, label_curves
from textlab.report.verdict import Verdict, recommended, refused

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Findings(ComparedRuns):
    """The findings about a grid; each is computed on first use. A task implements what is abstract here."""

    @property
    @abstractmethod
    def data(self) -> GridData:
        """The data behind the runs."""

    @property
    @abstractmethod
    def floors(self) -> Mapping[str, FloorTest]:
        """The champion beside the floors, on validation and test."""

    @abstractmethod
    def _refuse(self, runs_above: int) -> Concern | None:
        """Say why no model can be recommended; None if the champion can be.

        Args:
            runs_above: the number of runs that score higher on test than the better floor.
        """

    @abstractmethod
    def _doubts(self) -> list[Concern]:
        """Return the concerns about the choice and the predictions; without the refusal."""

    def _note(self) -> str:
        """Return a further sentence about the recommended model, or nothing."""
        return ""

    def measured(self) -> dict[str, dict[str, float]]:
        """Return the metrics that the report adds to each run, by its name: intervals and group."""
        measured: dict[str, dict[str, float]] = {}
        for name, row in self.scores.items():
            measured[name] = {f"test_{end}": value for end, value in row.items() if end.endswith(("_low", "_high"))}
            measured[name][f"group_{self.metric}"] = row["group"]
        return measured

    def figures(self) -> "dict[str, Figure]":
        """Return the figures that the report adds to the grid's run, by name."""
        from textlab.evaluation import figures

        drawn = {"intervals": figures.interval_figure(self.comparison)}
        if self.quality_and_latency["latency_ms"].notna().any():
            drawn["pareto"] = figures.pareto_figure(self.quality_and_latency, self.metric)
        if self.label_curves.curves:
            drawn["label_curve"] = figures.label_curve_figure(self.label_curves.curves, self.metric)
        return drawn

    def write_files(self, folder: Path) -> list[Path]:
        """Write further files for the grid's run, for people to work with; return their paths."""
        return []

    @cached_property
    def input_gains(self) -> list[InputGain]:
        """The gains of reading more inputs, see `input_gains.input_gains`; none if all runs read the same."""
        return input_gains(self)

    @cached_property
    def label_curves(self) -> LabelCurves:
        """The score of each model by the number of its training examples; empty if the grid has no learning curve."""
        return label_curves(self)

    @cached_property
    def floor_table(self) -> pd.DataFrame:
        """The floors (the index) on test, with the columns of `comparison.intervals`, and `validation_<metric>`."""
        of_validation = self.floors["validation"].table[self.metric]
        return self.floors["test"].table.assign(**{f"validation_{self.metric}": of_validation})

    @cached_property
    def _refusal(self) -> Concern | None:
        test = self.floors["test"]
        return self._refuse(sum(row[self.metric] > test.score(test.floor) for row in self.scores.values()))

    @property
    def refusal(self) -> str:
        """Why no model can be recommended, in one to three sentences; "" if one can."""
        return self._refusal.finding if self._refusal else ""

    @cached_property
    def concerns(self) -> list[Concern]:
        """All concerns: the refusal first, then the serious ones about data and predictions, then the others."""
        found = [*self.data.concerns, *self._doubts()]
        found += training_concerns(self.entries.values(), self.champion_entry.model)
        found += truncation_concerns(self.entries.values(), self.champion_entry.model)
        found += seed_concerns(self.entries.values())
        found.sort(key=lambda concern: (not concern.is_serious, concern.kind is ConcernKind.NOT_CHECKED))
        return [self._refusal, *found] if self._refusal else found

    @property
    def answer(self) -> list[str]:
        """The paragraphs of the verdict."""
        return self.verdict.paragraphs

    @cached_property
    def verdict(self) -> Verdict:
        """The recommendation or refusal, the serious concerns, and the details."""
        if self._refusal:
            score = score_text(self.comparison, self.champion.name)
            return refused(self.concerns, f"{self.champion.reason} The score on test: {score}.")
        return recommended(self._conclusion(), self.concerns, self._note())

    def _conclusion(self) -> list[str]:
        """Compare the champion with one run of each other model."""
        names = list(dict.fromkeys([*self.representatives, self.champion.leader]))
        pairs, intervals = self.comparison.pairs, self.comparison.intervals
        kept = pairs["better"].isin(names) & pairs["worse"].isin(names)
        ranked = [name for name in intervals.index if name in names]
        between_models = replace(self.comparison, intervals=intervals.loc[ranked], pairs=pairs[kept])
        others = [name for name in [self.champion.leader, *names] if name != self.champion.name]
        return conclusion(between_models, self.champion, self.latency_ms, others[0] if others else None)
