"""The scores and curves of a grid's runs as files that other programs compare and draw, such as DVC."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from textlab import record
from textlab.bundle_format.signature import RETRIEVAL
from textlab.paths import replacing
from textlab.record import Run
from textlab.report.leaderboard import task_of, unique_names

if TYPE_CHECKING:
    from textlab.evaluation.figures.curves import Curve

POINTS = 200  # a curve has no more


def write_scores(runs: Sequence[Run], primary: str, folder: Path) -> list[Path]:
    """Write the scores and curves of finished runs. The same runs give the same bytes.

    metrics.json has the primary metric of each run on validation and test, and the secondary ones on test. learning.csv
    has one row per run, step and measure; it has no rows if all models were fitted in one step. roc.csv and
    precision_recall.csv have the points of each run's curves on test, which are means over the classes; retrieval has
    no such curves.

    Args:
        runs: the runs of a grid; runs that cannot become the champion are left out.
        primary: the primary metric.
        folder: where the files are written.

    Returns:
        The files.

    Raises:
        ValueError: no run has finished with a model.
        FileNotFoundError: the files of a run are missing.
    """
    finished = [run for run in runs if run.is_candidate]
    if not finished:
        raise ValueError("No run of the grid has finished with a model. Run the grid first: python run_experiments.py")
    names = unique_names(finished)
    tables = {"learning": _learning(names)}
    if task_of(finished).name != RETRIEVAL:
        tables |= _test_curves(names)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        with replacing(folder / f"{name}.csv") as partial:
            table.to_csv(partial, index=False)
    with replacing(folder / "metrics.json") as partial:
        partial.write_text(json.dumps(_metrics(finished, names, primary), indent=1) + "\n", encoding="utf-8")
    return [folder / "metrics.json", *(folder / f"{name}.csv" for name in tables)]


def _metrics(runs: Sequence[Run], names: Mapping[str, str], primary: str) -> dict[str, dict[str, float]]:
    chosen = [f"validation_{primary}", *(f"test_{metric}" for metric in (primary, *task_of(runs).secondary_metrics))]
    return {
        names[run.id]: {metric: run.metrics[metric] for metric in dict.fromkeys(chosen) if metric in run.metrics}
        for run in runs
    }


def _learning(names: Mapping[str, str]) -> pd.DataFrame:
    rows = [row for run_id, name in names.items() for row in _steps(run_id, name)]
    return pd.DataFrame(rows, columns=["model", "step", "measure", "value"])


def _steps(run_id: str, name: str) -> Iterator[tuple[str, object, str, float]]:
    """Yield the measured values of a training that has several steps, as `learning_curve_figure` finds them."""
    from textlab.evaluation.figures import drawable

    try:
        history = pd.read_csv(record.artifact(run_id, "history.csv"))
    except pd.errors.EmptyDataError:
        return
    if not drawable(history):
        return
    step, *_ = map(str, history.columns)
    for column in map(str, history.select_dtypes("number")):
        if column.startswith(("train_", "validation_")):
            known = history[[step, column]].dropna()
            for at, value in zip(known[step], known[column], strict=True):
                yield name, at, column, float(value)


def _test_curves(names: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    from textlab.evaluation.figures.curves import precision_recall_curves, roc_curves

    predictions = {name: record.load_predictions(run_id) for run_id, name in names.items()}
    return {
        "roc": _points(roc_curves(predictions), "false_positive_rate", "true_positive_rate"),
        "precision_recall": _points(precision_recall_curves(predictions), "recall", "precision"),
    }


def _points(curves: "Mapping[str, Curve]", x: str, y: str) -> pd.DataFrame:
    """Tabulate curves with at most `POINTS` points each."""
    tables = []
    for name, curve in curves.items():
        kept = np.unique(np.linspace(0, len(curve.x) - 1, POINTS).round().astype(int))
        tables.append(pd.DataFrame({"model": name, x: curve.x[kept], y: curve.y[kept]}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["model", x, y])
