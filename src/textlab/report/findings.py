"""What the predictions of a grid's runs say, computed once for the page, the slides and the record."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from textlab import record
from textlab.evaluation.choice.champion import Champion, choose_champion
from textlab.evaluation.choice.conclusion import conclusion
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.decision_scores import score_names
from textlab.evaluation.classification.decisions import check_finite
from textlab.evaluation.classification.predictions import label_names_of
from textlab.evaluation.classification.temperature import calibration_table
from textlab.evaluation.statistics.comparison import Comparison
from textlab.record import Run
from textlab.report.leaderboard import (
    COMMON,
    digest_of,
    digests_by_runs,
    leaderboard,
    model_names,
    seed_of,
    unique_names,
)

SUBSTITUTE = "macro_recall"  # is compared where the primary metric is no score of decisions
COSTS = (
    *("fit_seconds", "peak_memory_mb", "latency_ms", "latency_p99_ms", "tweets_per_second", "bundle_mb", "memory_mb"),
)


@dataclass(frozen=True, eq=False)  # frames have no truth value
class Entry:
    """One run that is compared.

    Attributes:
        name: of the run, see `leaderboard.unique_names`.
        model: its name without the seed.
        run: its run.
        validation, test: its predictions.
    """

    name: str
    model: str
    run: Run
    validation: pd.DataFrame
    test: pd.DataFrame


def gather(runs: Sequence[Run], primary: str, shown: int = 7) -> "Findings":
    """Read what the runs left, leaving out with a sentence each what cannot be compared.

    Args:
        runs: from `record.runs` or `record.get_runs`.
        primary: the metric that decides, on validation.
        shown: how many models, the best on validation first, have a place in figures.

    Raises:
        ValueError: no run is left.
    """
    if not digests_by_runs(runs):
        raise ValueError("No run is done, so there is nothing to compare. Look at the failures in the leaderboard.")
    chosen = digests_by_runs(runs)[0]
    names, models = unique_names(runs), model_names(runs)
    entries: list[Entry] = []
    left_out: list[str] = []
    for run in runs:
        if digest_of(run) is None:
            continue
        name = names[run.id]
        if digest_of(run) != chosen:
            left_out.append(f"{name} is on other data, {run.dataset}. {NEVER_COMPARED}")
            continue
        try:
            frames = {split: record.load_predictions(run.id, split) for split in ("validation", "test")}
            for frame in frames.values():
                check_finite(name, frame)
        except (FileNotFoundError, ValueError) as error:
            left_out.append(f"{name} is left out. {error}")
            continue
        entries.append(Entry(name, models[run.id], run, **frames))
    same, others = _on_one_test_set(entries)
    left_out += [f"{entry.name} was tested on other texts. {NEVER_COMPARED}" for entry in others]
    if not same:
        raise ValueError("No run can be compared. " + " ".join(left_out))
    return Findings(runs, primary, same, left_out, shown)


NEVER_COMPARED = "Runs on different test sets are never compared."


def _on_one_test_set(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The entries whose test texts and classes are those of the most, and the others."""
    keys = [(tuple(label_names_of(each.test)), _digest_of_texts(each.test)) for each in entries]
    most = [key for key, _ in Counter(keys).most_common(1)]
    same = [entry for entry, key in zip(entries, keys, strict=True) if key in most]
    return same, [entry for entry, key in zip(entries, keys, strict=True) if key not in most]


def _digest_of_texts(frame: pd.DataFrame) -> int:
    return hash(tuple(pd.util.hash_pandas_object(frame[["id", "text", "label"]].astype(str), index=False)))


class Findings:
    """All that is said about a grid; each part is computed when it is first asked for.

    Args:
        runs: all of the grid, also those that failed.
        primary: the metric that decides.
        entries: the runs that are compared.
        left_out: a sentence for each finished run that is not.
        shown: how many models have a place in figures.
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
        """Of each run the median over the runs of its model: another seed is no faster, only measured another time."""
        costs = self._costs_by_model["latency_ms"]
        return {name: float(costs[entry.model]) for name, entry in self.entries.items()}

    @cached_property
    def champion(self) -> Champion:
        """Chosen on validation."""
        frames = {name: entry.validation for name, entry in self.entries.items()}
        validation = compare_classifiers(frames, self.metric, next(iter(self.entries)))
        return choose_champion(validation, self.latency_ms)

    @cached_property
    def comparison(self) -> Comparison:
        """Of all runs on test; the best is the one with the highest score on validation."""
        frames = {name: entry.test for name, entry in self.entries.items()}
        return compare_classifiers(frames, self.metric, self.champion.leader)

    @cached_property
    def scores(self) -> dict[str, dict[str, float]]:
        """Of each run, by its name, its row of `comparison.intervals`."""
        rows = self.comparison.intervals.to_dict("index")
        return {str(name): {str(column): float(value) for column, value in row.items()} for name, row in rows.items()}

    @cached_property
    def representatives(self) -> dict[str, Entry]:
        """Of each model the run that is best on validation, or the champion, by the run's name, best first."""
        of_model: dict[str, Entry] = {self.champion_entry.model: self.champion_entry}
        for entry in self.entries.values():
            of_model.setdefault(entry.model, entry)
        chosen = {entry.name for entry in of_model.values()}
        return {name: entry for name, entry in self.entries.items() if name in chosen}

    @property
    def champion_entry(self) -> Entry:
        """The champion's run."""
        return self.entries[self.champion.name]

    @cached_property
    def drawn(self) -> dict[str, pd.DataFrame]:
        """The test predictions of the representatives that have a place in figures, the champion among them."""
        names = list(self.representatives)
        kept = names[: self.shown]
        if self.champion.name not in kept:
            kept[-1] = self.champion.name
        return {name: self.entries[name].test for name in kept}

    @cached_property
    def answer(self) -> list[str]:
        """The recommendation and its reasons: paragraphs of one to three sentences."""
        representatives = list(self.representatives)
        if self.champion.leader not in representatives:
            representatives.append(self.champion.leader)
        pairs = self.comparison.pairs
        kept = pairs["better"].isin(representatives) & pairs["worse"].isin(representatives)
        ranked = [name for name in self.comparison.intervals.index if name in representatives]
        of_models = replace(self.comparison, intervals=self.comparison.intervals.loc[ranked], pairs=pairs[kept])
        others = [name for name in [self.champion.leader, *representatives] if name != self.champion.name]
        return conclusion(of_models, self.champion, self.latency_ms, others[0] if others else None)

    @cached_property
    def _costs_by_model(self) -> pd.DataFrame:
        """The medians over each model's runs: a row a model, the columns of `COSTS` that runs log."""
        rows = [
            {"model": entry.model} | {cost: entry.run.metrics.get(cost, float("nan")) for cost in COSTS}
            for entry in self.entries.values()
        ]
        return pd.DataFrame(rows).groupby("model", sort=False).median()

    @cached_property
    def costs(self) -> pd.DataFrame:
        """What each model costs: a row a representative (its name is the index), the columns of `COSTS`.

        Times, sizes and speeds are medians over the runs of the model, in the units that their names say; memory_mb is
        of a process that serves the exported model.
        """
        rows = {name: self._costs_by_model.loc[entry.model].to_dict() for name, entry in self.representatives.items()}
        table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COSTS))
        for name, trial in self.trials.items():
            table.loc[name, "memory_mb"] = trial.memory_mb
        return table

    @cached_property
    def quality_and_latency(self) -> pd.DataFrame:
        """What `figures.pareto_figure` draws."""
        rows = self.comparison.intervals.loc[list(self.representatives)]
        columns = {self.metric: "score", f"{self.metric}_low": "low", f"{self.metric}_high": "high"}
        table = rows[list(columns)].rename(columns=columns)
        return table.assign(latency_ms=[self.latency_ms[str(name)] for name in table.index])

    @cached_property
    def cases(self) -> pd.DataFrame:
        """The behavioural tests."""
        from textlab.evaluation.behaviour import behaviour_cases

        return behaviour_cases(self.champion_entry.test["text"].tolist(), self.label_names)

    @cached_property
    def _tried(self) -> "tuple[dict[str, Any], dict[str, str]]":
        """Of each model in figures its trial on the texts of the cases, or why there is none."""
        from textlab.export.trial import try_bundle

        texts = list(dict.fromkeys([*self.cases["original"], *self.cases["text"]]))

        def tried(name: str) -> Any:
            try:
                bundle = record.bundle_folder(self.entries[name].run.id)
                return try_bundle(bundle, texts, self.label_names)
            except (FileNotFoundError, ValueError) as error:
                return str(error)

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            found = dict(zip(self.drawn, pool.map(tried, self.drawn), strict=True))
        trials = {name: trial for name, trial in found.items() if not isinstance(trial, str)}
        return trials, {name: told for name, told in found.items() if isinstance(told, str)}

    @property
    def trials(self) -> dict[str, Any]:
        """The `trial.Trial` of each model in figures that could be asked."""
        return self._tried[0]

    @property
    def not_tried(self) -> dict[str, str]:
        """Why the others could not be asked."""
        return self._tried[1]

    @cached_property
    def behaviour(self) -> dict[str, pd.DataFrame]:
        """What each model that could be asked said to the behavioural tests."""
        from textlab.evaluation.behaviour import run_cases

        texts = list(dict.fromkeys([*self.cases["original"], *self.cases["text"]]))
        place = {text: row for row, text in enumerate(texts)}

        def run(trial: Any) -> pd.DataFrame:
            return run_cases(lambda asked: trial.answers[[place[text] for text in asked]], self.cases, self.label_names)

        return {name: run(trial) for name, trial in self.trials.items()}

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """See `temperature.calibration_table`; a row a model in figures."""
        return calibration_table({name: self.entries[name].validation for name in self.drawn}, self.drawn)

    @cached_property
    def scores_by_seed(self) -> dict[str, dict[int, float]]:
        """Of each model the test score of each of its seeds."""
        scores: dict[str, dict[int, float]] = {}
        for name, entry in self.entries.items():
            scores.setdefault(entry.model, {})[seed_of(entry.run)] = self.scores[name][self.metric]
        return scores

    @cached_property
    def leaderboard(self) -> pd.DataFrame:
        """Of all runs, see `leaderboard.leaderboard`."""
        return leaderboard(self.runs, self.primary)

    @property
    def experiment_name(self) -> str:
        """The grid's."""
        return record.grid_of(self.runs[0])

    def values_tried(self) -> Mapping[str, list[str]]:
        """The parameters that differ between the runs, with the values that are stated; without the seed."""
        stated = [entry.run.parameters for entry in self.entries.values()]
        names = dict.fromkeys(name for given in stated for name in given if name not in COMMON)
        return {
            name: list(dict.fromkeys(str(given[name]) for given in stated if name in given))
            for name in names
            if len({str(given.get(name)) for given in stated}) > 1
        }
