"""The findings of a report: all results that follow from the predictions of a grid's runs, computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import pandas as pd

from textlab import record
from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.champion import Champion, choose_champion
from textlab.evaluation.choice.conclusion import conclusion, score_text
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.decision_scores import score_names
from textlab.evaluation.classification.floors import ClassFloorTest, floor_test
from textlab.evaluation.classification.predictions import label_names_of
from textlab.evaluation.classification.refusal import accuracy_note, refusal, weak_choice
from textlab.evaluation.classification.temperature import calibration_table
from textlab.evaluation.statistics.comparison import Comparison
from textlab.record import Run
from textlab.report.behaviour import BehaviouralTests
from textlab.report.costs import COSTS, costs_by_model
from textlab.report.doubts import prediction_concerns, seed_concerns, training_concerns
from textlab.report.entries import Entry, comparable_entries
from textlab.report.grid_data import GridData
from textlab.report.leaderboard import COMMON, leaderboard, seed_of
from textlab.report.verdict import Verdict, recommended, refused

SUBSTITUTE = "macro_recall"  # the compared metric if the primary one depends on more than the predicted classes


def gather(runs: Sequence[Run], primary: str, shown: int = 7) -> "Findings":
    """Read the predictions of runs; a sentence explains each run that cannot be compared.

    Args:
        runs: from `record.runs` or `record.get_runs`.
        primary: the primary metric, which decides on validation.
        shown: maximum number of models in a figure, the best on validation first.

    Raises:
        ValueError: no run can be compared.
    """
    entries, left_out = comparable_entries(runs)
    return Findings(runs, primary, entries, left_out, shown)


class Findings:
    """The findings about a grid; each is computed on first use.

    Args:
        runs: all runs of the grid, including failures.
        primary: the primary metric.
        entries: the runs that are compared.
        left_out: a sentence for each finished run that is not compared.
        shown: maximum number of models in a figure.
    """

    def __init__(
        self, runs: Sequence[Run], primary: str, entries: Sequence[Entry], left_out: Sequence[str], shown: int
    ) -> None:
        self.runs, self.primary, self.left_out, self.shown = list(runs), primary, list(left_out), shown
        by_validation = sorted(entries, key=lambda entry: -entry.run.metrics.get(f"validation_{primary}", 0.0))
        self.entries = {entry.name: entry for entry in by_validation}
        self.label_names = label_names_of(by_validation[0].test)
        self.metric = primary if primary in score_names(self.label_names) else SUBSTITUTE

    @cached_property
    def latency_ms(self) -> dict[str, float]:
        """The latency of each run: the median over its model's runs, because the seed does not change the speed."""
        latency = self._costs_by_model["latency_ms"]
        return {name: float(latency[entry.model]) for name, entry in self.entries.items()}

    @cached_property
    def data(self) -> GridData:
        """The data behind the runs."""
        return GridData(self.champion_entry.run, self.champion_entry.validation)

    @cached_property
    def floors(self) -> dict[str, ClassFloorTest]:
        """The champion beside the floors, on validation and test."""
        name, entry = self.champion.name, self.champion_entry
        return {
            split: floor_test(name, frame, self.data.training_shares, self.metric)
            for split, frame in (("validation", entry.validation), ("test", entry.test))
        }

    @cached_property
    def floor_table(self) -> pd.DataFrame:
        """The floors (the index) on test, with the columns of `comparison.intervals`, and `validation_<metric>`."""
        of_validation = self.floors["validation"].table[self.metric]
        return self.floors["test"].table.assign(**{f"validation_{self.metric}": of_validation})

    @cached_property
    def _refusal(self) -> Concern | None:
        test = self.floors["test"]
        scores = [row[self.metric] for row in self.scores.values()]
        above = sum(score > test.score(test.floor) for score in scores)
        return refusal(test, self.floors["validation"], above, len(scores))

    @property
    def refusal(self) -> str:
        """Why no model can be recommended, in one to three sentences; "" if one can."""
        return self._refusal.finding if self._refusal else ""

    @cached_property
    def concerns(self) -> list[Concern]:
        """All concerns: the refusal first, then the serious ones about data and predictions, then the others."""
        models = list(self.representatives.values())
        found = [*self.data.concerns, *self._doubts_about_choice]
        found += prediction_concerns(self.champion_entry, models, self.validation, self.comparison, self.data.concerns)
        found += training_concerns(self.entries.values(), self.champion_entry.model)
        found += seed_concerns(self.entries.values())
        found.sort(key=lambda concern: (not concern.is_serious, concern.kind is ConcernKind.NOT_CHECKED))
        return [self._refusal, *found] if self._refusal else found

    @property
    def _doubts_about_choice(self) -> list[Concern]:
        doubt = None if self._refusal else weak_choice(self.floors["validation"], len(self.entries))
        return [doubt] if doubt else []

    @cached_property
    def validation(self) -> Comparison:
        """All runs on validation. The best is the one with the highest score of the primary metric."""
        frames = {name: entry.validation for name, entry in self.entries.items()}
        return compare_classifiers(frames, self.metric, next(iter(self.entries)))

    @cached_property
    def champion(self) -> Champion:
        """The champion, chosen on validation."""
        return choose_champion(self.validation, self.latency_ms)

    @cached_property
    def comparison(self) -> Comparison:
        """All runs on test. The best is the one with the highest validation score."""
        frames = {name: entry.test for name, entry in self.entries.items()}
        return compare_classifiers(frames, self.metric, self.champion.leader)

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

    @property
    def champion_entry(self) -> Entry:
        """The champion's run."""
        return self.entries[self.champion.name]

    @cached_property
    def drawn(self) -> dict[str, pd.DataFrame]:
        """The test predictions of the models in figures, the champion among them."""
        names = list(self.representatives)
        kept = names[: self.shown]
        if self.champion.name not in kept:
            kept[-1] = self.champion.name
        return {name: self.entries[name].test for name in kept}

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
        return recommended(self._conclusion(), self.concerns, accuracy_note(self.floors["test"]))

    def _conclusion(self) -> list[str]:
        """Compare the champion with one run of each other model."""
        names = list(dict.fromkeys([*self.representatives, self.champion.leader]))
        pairs, intervals = self.comparison.pairs, self.comparison.intervals
        kept = pairs["better"].isin(names) & pairs["worse"].isin(names)
        ranked = [name for name in intervals.index if name in names]
        between_models = replace(self.comparison, intervals=intervals.loc[ranked], pairs=pairs[kept])
        others = [name for name in [self.champion.leader, *names] if name != self.champion.name]
        return conclusion(between_models, self.champion, self.latency_ms, others[0] if others else None)

    @cached_property
    def _costs_by_model(self) -> pd.DataFrame:
        return costs_by_model(self.entries.values())

    @cached_property
    def costs(self) -> pd.DataFrame:
        """The costs of each representative (the index), with the columns of `COSTS`.

        memory_mb is the memory of a process that serves the exported model; the other columns come from the runs.
        """
        rows = {name: self._costs_by_model.loc[entry.model].to_dict() for name, entry in self.representatives.items()}
        table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COSTS))
        for name, measured in self.behaviour.answers.items():
            table.loc[name, "memory_mb"] = measured.memory_mb
        return table

    @cached_property
    def quality_and_latency(self) -> pd.DataFrame:
        """The table that `figures.pareto_figure` draws."""
        rows = self.comparison.intervals.loc[list(self.representatives)]
        columns = {self.metric: "score", f"{self.metric}_low": "low", f"{self.metric}_high": "high"}
        table = rows[list(columns)].rename(columns=columns)
        return table.assign(latency_ms=[self.latency_ms[str(name)] for name in table.index])

    @cached_property
    def behaviour(self) -> BehaviouralTests:
        """The behavioural tests of the models in figures."""
        runs = {name: self.entries[name].run for name in self.drawn}
        return BehaviouralTests(runs, self.champion_entry.test["text"].tolist(), self.label_names)

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """The calibration of each model in figures, see `temperature.calibration_table`."""
        return calibration_table({name: self.entries[name].validation for name in self.drawn}, self.drawn)

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
