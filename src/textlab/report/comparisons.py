"""The runs of a grid compared: the champion on validation, statistics on test, costs and seeds."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from textlab import record
from textlab.evaluation.choice.champion import Champion, choose_champion
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.tasks import Task, task
from textlab.record import Run
from textlab.report.costs import COSTS, costs_by_model
from textlab.report.entries import Entry
from textlab.report.leaderboard import COMMON, leaderboard, seed_of


class ComparedRuns(ABC):
    """The runs of a grid that can be compared; each result is computed on first use.

    Args:
        runs: all runs of the grid, including failures.
        primary: the primary metric.
        entries: the runs that are compared.
        left_out: a sentence for each finished run that is not compared.
        shown: maximum number of models in a figure.
        decision: what the grid states about decisions; a task that has none ignores it.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        primary: str,
        entries: Sequence[Entry],
        left_out: Sequence[str],
        shown: int,
        decision: Mapping[str, Any] | None = None,
    ) -> None:
        self.decision = dict(decision or {})
        self.runs, self.primary, self.left_out, self.shown = list(runs), primary, list(left_out), shown
        by_validation = sorted(entries, key=lambda entry: -entry.run.metrics.get(f"validation_{primary}", 0.0))
        self.entries = {entry.name: entry for entry in by_validation}
        self.task: Task = task(by_validation[0].run.task)

    @property
    @abstractmethod
    def metric(self) -> str:
        """The compared metric: the primary one, or a substitute if the primary one has no interval."""

    def compare(self, frames: Mapping[str, pd.DataFrame], best: str | None = None, **options: Any) -> Comparison:
        """Compare runs by `metric` on the examples of a split, with options of `statistics.comparison.compare`."""
        return self.task.compare(frames, self.metric, best, **options)

    @cached_property
    def latency_ms(self) -> dict[str, float]:
        """The latency of each run: the median over its model's runs, because the seed does not change the speed."""
        latency = self._costs_by_model["latency_ms"]
        return {name: float(latency[entry.model]) for name, entry in self.entries.items()}

    @cached_property
    def validation(self) -> Comparison:
        """All runs on validation. The best is the one with the highest score of the primary metric."""
        frames = {name: entry.validation for name, entry in self.entries.items()}
        return self.compare(frames, next(iter(self.entries)))

    @cached_property
    def champion(self) -> Champion:
        """The champion, chosen on validation."""
        return choose_champion(self.validation, self.latency_ms)

    @property
    def champion_entry(self) -> Entry:
        """The champion's run."""
        return self.entries[self.champion.name]

    @cached_property
    def comparison(self) -> Comparison:
        """All runs on test. The best is the one with the highest validation score."""
        frames = {name: entry.test for name, entry in self.entries.items()}
        return self.compare(frames, self.champion.leader)

    @cached_property
    def scores(self) -> dict[str, dict[str, float]]:
        """Each run's row of `comparison.intervals`, by the run's name."""
        rows = self.comparison.intervals.to_dict("index")
        return {str(name): {str(column): float(value) for column, value in row.items()} for name, row in rows.items()}

    @cached_property
    def representatives(self) -> dict[str, Entry]:
        """One run per model, by name, the best on validation first: the champion, or the model's best seed."""
        by_model: dict[str, Entry] = {self.champion_entry.model: self.champion_entry}
        for entry in self.entries.values():
            by_model.setdefault(entry.model, entry)
        chosen = {entry.name for entry in by_model.values()}
        return {name: entry for name, entry in self.entries.items() if name in chosen}

    @cached_property
    def best_by_inputs(self) -> dict[frozenset[str], Entry]:
        """The representative with the best validation score for each set of inputs that a model reads."""
        best: dict[frozenset[str], Entry] = {}
        for entry in self.representatives.values():
            best.setdefault(frozenset(entry.run.inputs), entry)
        return best

    @cached_property
    def drawn(self) -> dict[str, pd.DataFrame]:
        """The test predictions of the models in figures: the champion, the best model of each set of inputs if there
        are several sets, and the best others.
        """
        of_sets = [entry.name for entry in self.best_by_inputs.values()] if len(self.best_by_inputs) > 1 else []
        needed = {self.champion.name, *of_sets}
        others = [name for name in self.representatives if name not in needed]
        kept = needed | set(others[: max(0, self.shown - len(needed))])
        return {name: entry.test for name, entry in self.representatives.items() if name in kept}

    @cached_property
    def _costs_by_model(self) -> pd.DataFrame:
        return costs_by_model(self.entries.values())

    @cached_property
    def costs(self) -> pd.DataFrame:
        """The costs of each representative (the index), with the columns of `COSTS`."""
        rows = {name: self._costs_by_model.loc[entry.model].to_dict() for name, entry in self.representatives.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(COSTS))

    @cached_property
    def quality_and_latency(self) -> pd.DataFrame:
        """The table that `figures.pareto_figure` draws."""
        rows = self.comparison.intervals.loc[list(self.representatives)]
        columns = {self.metric: "score", f"{self.metric}_low": "low", f"{self.metric}_high": "high"}
        table = rows[list(columns)].rename(columns=columns)
        return table.assign(latency_ms=[self.latency_ms[str(name)] for name in table.index])

    @cached_property
    def scores_by_seed(self) -> dict[str, dict[int, float]]:
        """The test score of each seed of each model."""
        scores: dict[str, dict[int, float]] = {}
        for name, entry in self.entries.items():
            scores.setdefault(entry.model, {})[seed_of(entry.run)] = self.scores[name][self.metric]
        return scores

    @cached_property
    def leaderboard(self) -> pd.DataFrame:
        """All runs, see `leaderboard.leaderboard`."""
        return leaderboard(self.runs, self.primary)

    @property
    def experiment_name(self) -> str:
        """The grid's name."""
        return record.grid_of(self.runs[0])

    def values_tried(self) -> Mapping[str, list[str]]:
        """Return the values of each parameter that differs between runs, except the seed."""
        parameters = [entry.run.parameters for entry in self.entries.values()]
        names = dict.fromkeys(name for of_run in parameters for name in of_run if name not in COMMON)
        return {
            name: list(dict.fromkeys(str(of_run[name]) for of_run in parameters if name in of_run))
            for name in names
            if len({str(of_run.get(name)) for of_run in parameters}) > 1
        }
