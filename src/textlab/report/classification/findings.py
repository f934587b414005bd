"""The findings of a report on classifiers: class shares, calibration and behavioural tests."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from textlab.concerns import Concern
from textlab.data.corrections import CORRECTIONS, write_corrections
from textlab.evaluation.behaviour import capability_table
from textlab.evaluation.classification.calibration_intervals import calibration_table
from textlab.evaluation.classification.deciding.costs import COST_SAVED, compare_by_cost
from textlab.evaluation.classification.deciding.rules import Fitted, fit_rules
from textlab.evaluation.classification.decision_scores import score_names
from textlab.evaluation.classification.floors import ClassFloorTest, floor_test
from textlab.evaluation.classification.predictions import (
    input_columns,
    label_names_of,
    probabilities_of,
    with_probabilities,
)
from textlab.evaluation.classification.rarity import rare_classes
from textlab.evaluation.classification.refusal import accuracy_note, refusal, weak_choice
from textlab.evaluation.label_issues import LabelIssues, find_label_issues
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.wishes import read_wishes
from textlab.models.calibration import Calibration
from textlab.record import Run
from textlab.report.classification.behaviour import BehaviouralTests
from textlab.report.classification.cost_metrics import cost_metrics, with_cost_saved
from textlab.report.classification.doubts import prediction_concerns
from textlab.report.classification.grid_data import ClassificationData
from textlab.report.classification.out_of_fold import cross_validated_scores, out_of_fold_frames
from textlab.report.entries import Entry
from textlab.report.findings import Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUBSTITUTE = "macro_recall"  # the compared metric if the primary one depends on more than the predicted classes


class ClassificationFindings(Findings):
    """The findings about a grid of classifiers; each is computed on first use.

    The runs have no metric of costs, because costs belong to the grid. If `cost_saved` decides, they get it here.

    Attributes:
        wishes: what decisions should achieve.
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
        self.wishes = read_wishes(decision or {})
        self.wishes.check_classes(label_names_of(entries[0].test))
        if primary == COST_SAVED:
            entries = with_cost_saved(entries, self.wishes)
            known = {entry.run.id: entry.run for entry in entries}
            runs = [known.get(run.id, run) for run in runs]
        super().__init__(runs, primary, entries, left_out, shown, decision)

    @cached_property
    def cost_matrix(self) -> np.ndarray | None:
        """The costs of decisions, float (k, k) with a row for each right class; None if none are stated."""
        return self.wishes.cost_matrix(self.label_names)

    @cached_property
    def fitted(self) -> Fitted:
        """The rules for the champion's decisions, computed on validation."""
        return fit_rules(self.champion_entry.validation, self.wishes)

    @cached_property
    def label_names(self) -> list[str]:
        """The classes, in order."""
        return label_names_of(next(iter(self.entries.values())).test)

    @cached_property
    def metric(self) -> str:
        """The primary metric, or `SUBSTITUTE`."""
        known = self.primary == COST_SAVED or self.primary in score_names(self.label_names)
        return self.primary if known else SUBSTITUTE

    def compare(self, frames: Mapping[str, pd.DataFrame], best: str | None = None, **options: Any) -> Comparison:
        """Compare runs; if costs decide, by the classes of the lowest expected cost."""
        if self.metric != COST_SAVED or self.cost_matrix is None:
            return super().compare(frames, best, **options)
        return compare_by_cost(frames, self.cost_matrix, self.task.secondary_metrics, best, **options)

    @cached_property
    def data(self) -> ClassificationData:
        """The data behind the runs."""
        return ClassificationData(self.champion_entry.run, self.champion_entry.validation)

    @cached_property
    def out_of_fold(self) -> dict[str, pd.DataFrame]:
        """The out-of-fold predictions of the runs that made any, by name."""
        return out_of_fold_frames(self.entries.values())

    @cached_property
    def cross_validated(self) -> pd.DataFrame:
        """The scores out of fold, see `out_of_fold.cross_validated_scores`; if costs decide, the macro F1."""
        metric = "macro_f1" if self.metric == COST_SAVED else self.metric
        return cross_validated_scores(self.out_of_fold, metric)

    @cached_property
    def label_issues(self) -> LabelIssues | None:
        """The likeliest wrong labels, by the champion, or else by the run that is best out of fold; None without."""
        if not self.out_of_fold:
            return None
        best = self.cross_validated.index[0]
        name = self.champion.name if self.champion.name in self.out_of_fold else best
        return find_label_issues(self.out_of_fold[name])

    def write_files(self, folder: Path) -> list[Path]:
        """Write the likeliest wrong labels as a file of corrections, see `Findings.write_files`."""
        if self.label_issues is None or self.label_issues.table.empty:
            return super().write_files(folder)
        write_corrections(self.label_issues.table, folder / CORRECTIONS)
        return [*super().write_files(folder), folder / CORRECTIONS]

    @cached_property
    def floors(self) -> dict[str, ClassFloorTest]:
        """The champion beside the floors, on validation and test."""
        name, entry = self.champion.name, self.champion_entry
        costs = self.cost_matrix if self.metric == COST_SAVED else None
        return {
            split: floor_test(name, frame, self.data.training_shares, self.metric, costs)
            for split, frame in (("validation", entry.validation), ("test", entry.test))
        }

    def _refuse(self, runs_above: int) -> Concern | None:
        return refusal(self.floors["test"], self.floors["validation"], runs_above, len(self.entries))

    def _doubts(self) -> list[Concern]:
        doubt = None if self._refusal else weak_choice(self.floors["validation"], len(self.entries))
        models = list(self.representatives.values())
        found = prediction_concerns(self.champion_entry, models, self.validation, self.comparison, self.data.concerns)
        return [*([doubt] if doubt else []), *found]

    def _note(self) -> str:
        return accuracy_note(self.floors["test"])

    @cached_property
    def behaviour(self) -> BehaviouralTests:
        """The behavioural tests of the models in figures."""
        runs = {name: self.entries[name].run for name in self.drawn}
        test = self.champion_entry.test
        return BehaviouralTests(runs, test[list(input_columns(test))], self.label_names)

    @cached_property
    def rare_classes(self) -> list[str]:
        """The classes that are rare among the training examples and occur in test, the rarest first."""
        tested = set(self.champion_entry.test["label"])
        return [name for name in rare_classes(self.data.training_shares) if name in tested]

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """The errors of each model in figures without and with its calibration, see `calibration_table`."""
        uncalibrated = {
            name: with_probabilities(frame, self.calibrations[name].undo(probabilities_of(frame)))
            for name, frame in self.drawn.items()
        }
        return calibration_table(uncalibrated, self.drawn)

    @cached_property
    def calibrations(self) -> dict[str, Calibration]:
        """What each model in figures learnt about its confidence."""
        return {name: Calibration.of(self.entries[name].run.calibration) for name in self.drawn}

    @cached_property
    def costs(self) -> pd.DataFrame:
        """See `ComparedRuns.costs`; memory_mb is the memory of a process that serves the exported model."""
        table = super().costs
        for name, measured in self.behaviour.answers.items():
            table.loc[name, "memory_mb"] = measured.memory_mb
        return table

    def measured(self) -> dict[str, dict[str, float]]:
        """Add to `Findings.measured`.

        These are ece_uncalibrated, temperature, memory_mb and the failure rates fails_<phenomenon>_<kind>.
        """
        measured = super().measured()
        errors = self.calibration["ece_before"].to_dict()
        for model, calibration in self.calibrations.items():
            measured[model]["ece_uncalibrated"] = errors[model]
            if calibration.temperature is not None:
                measured[model]["temperature"] = calibration.temperature
        for name, answers in self.behaviour.answers.items():
            measured[name]["memory_mb"] = answers.memory_mb
        if self.behaviour.results:
            for tested in capability_table(self.behaviour.results).to_dict("records"):
                test = f"fails_{tested['phenomenon']}_{tested['kind']}".replace(" ", "_")
                measured[tested["model"]][test] = float(tested["failure_rate"])
        if self.cost_matrix is not None:
            for name, entry in self.entries.items():
                measured[name] |= cost_metrics(entry, self.cost_matrix)
        return measured

    def figures(self) -> "dict[str, Figure]":
        """Add the failure rates to `Findings.figures`."""
        from textlab.evaluation import figures

        drawn = super().figures()
        if self.behaviour.results:
            drawn["capabilities"] = figures.capability_figure(capability_table(self.behaviour.results))
        return drawn


FINDINGS = ClassificationFindings
