"""The score of each model by the number of its training examples: runs on shares beside the runs on the whole split."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from textlab import record
from textlab.evaluation.statistics.learning_curve import LearningCurve, learning_curve
from textlab.record import Run, Status
from textlab.record.run import TRAINING_EXAMPLES
from textlab.report.comparisons import ComparedRuns
from textlab.report.leaderboard import COMMON, unique_names

RESAMPLES = 2_000  # resamples; each has a power law of its own
SHARE_OF_A_SOURCE = re.compile(r" training_share=[\d.e-]+")  # in the label of a run that another one builds on


@dataclass(frozen=True)
class LabelCurves:
    """The learning curves of a grid.

    Attributes:
        curves: for each model with runs on shares its curve, the champion's first.
        left_out: a sentence for each run on a share that is missing in its curve.
    """

    curves: Mapping[str, LearningCurve]
    left_out: tuple[str, ...]


def label_curves(compared: ComparedRuns) -> LabelCurves:
    """Fit a learning curve to the runs of each model that also ran on shares of the training split."""
    shares = [run for run in compared.runs if run.training_share < 1 and run.status is Status.DONE and run.model]
    names, known = unique_names(compared.runs), compared.task.test_set(compared.champion_entry.test)
    frames: dict[str, tuple[Run, pd.DataFrame]] = {}
    left_out = []
    for run in shares:
        try:
            frame = record.load_predictions(run.id, "test")
            compared.task.check(names[run.id], frame)
        except (FileNotFoundError, ValueError) as error:
            left_out.append(f"{names[run.id]} is left out. {error}")
            continue
        if compared.task.test_set(frame) != known:
            left_out.append(f"{names[run.id]} is left out. It was tested on other examples.")
        else:
            frames[names[run.id]] = run, frame
    curves = {}
    for representative in [compared.champion_entry, *compared.representatives.values()]:
        own = _settings(representative.run)
        of_model = {name: each for name, each in frames.items() if _settings(each[0]) == own}
        whole = {
            name: (entry.run, entry.test)
            for name, entry in compared.entries.items()
            if entry.model == representative.model
        }
        measured = {name: each for name, each in (whole | of_model).items() if TRAINING_EXAMPLES in each[0].metrics}
        if of_model and representative.model not in curves and measured:
            curves[representative.model] = _curve(compared, measured)
    return LabelCurves(curves, tuple(left_out))


def _curve(compared: ComparedRuns, runs: Mapping[str, tuple[Run, pd.DataFrame]]) -> LearningCurve:
    compared_runs = compared.compare({name: frame for name, (_, frame) in runs.items()}, resamples=RESAMPLES)
    if compared_runs.scored is None:
        raise ValueError(f"The task {compared.task.name} keeps no resamples. Keep them in its comparison.")
    sizes = [int(run.metrics[TRAINING_EXAMPLES]) for run, _ in runs.values()]
    return learning_curve(sizes, compared_runs.scored)


def _settings(run: Run) -> tuple[str, str]:
    """Return what the runs of one curve have in common: the notebook, and the parameters without data and seed."""
    settings = {name: value for name, value in run.parameters.items() if name not in COMMON}
    return run.notebook, SHARE_OF_A_SOURCE.sub("", json.dumps(settings, sort_keys=True, default=str))


def curve_table(curves: Mapping[str, LearningCurve]) -> pd.DataFrame:
    """Tabulate curves: model, training_examples, runs, score, low, high and extrapolated (whether no run is behind it).

    Curves that may be extrapolated have two further rows: for `LearningCurve.round_number` more examples, and for twice
    as many.
    """
    rows = []
    for name, curve in curves.items():
        columns = (curve.sizes, curve.runs, curve.scores, curve.lows, curve.highs)
        rows += [(name, *row, False) for row in zip(*(values.tolist() for values in columns), strict=True)]
        if not curve.refusal:
            size = int(curve.sizes[-1])
            farther = (size + curve.round_number(), 2 * size)
            rows += [(name, each, 0, *curve.score(each), True) for each in farther]
    columns_of_file = ["model", "training_examples", "runs", "score", "low", "high", "extrapolated"]
    return pd.DataFrame(rows, columns=columns_of_file)
