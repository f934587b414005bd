"""`log_experiment`: the one call at the end of a notebook. It exports the fitted model and logs it to MLflow."""

import hashlib
import json
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from textlab.data.preparation import Preparation, write_dropped
from textlab.data.revisions import data_revisions
from textlab.data.task_dataset import TaskDataset
from textlab.evaluation.tasks import Task, task
from textlab.export.bundle import write_bundle
from textlab.export.contents import contents_of
from textlab.models.contract import Model
from textlab.record.artifacts import log_figure, log_files, predictions_name
from textlab.record.machine import library_versions, peak_memory_mb
from textlab.record.notebook_run import (
    log_calibration,
    log_cell,
    log_curves,
    log_data_revisions,
    log_description,
    log_json,
    log_preparation,
    log_training_data,
    log_training_notes,
    log_training_share,
    notebook_run,
)
from textlab.record.run import TRAINING_EXAMPLES, TRUNCATED_SHARE
from textlab.record.writing import log_metrics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

DROPPED_ROWS = 1000  # of the table of dropped rows


def log_experiment(
    model: Model,
    dataset: TaskDataset,
    predictions: Mapping[str, pd.DataFrame],
    history: pd.DataFrame,
    seed: int,
    name: str | None = None,
    step_history: pd.DataFrame | None = None,
    parts: Mapping[str, Path] | None = None,
) -> str:
    """Export a model, and log it with its scores, predictions and figures as one MLflow run.

    In a grid, the run is the one that the runner opened (MLFLOW_RUN_ID). By hand, it is a new run.

    Args:
        model: the fitted model.
        dataset: the data that the model was fitted on.
        predictions: the task's frames of predictions for "validation" and "test".
        history: the table that `fit` returned, with one row per epoch or step.
        seed: the random seed that `fit` received.
        name: the name of a run by hand; the model family by default.
        step_history: one row per training step, if the family reports it; the column step, then measurements.
        parts: folders that were made for the bundle, see `write_bundle`; a retriever needs its "index".

    Returns:
        The MLflow run's id.

    Raises:
        ValueError: the exported model's answers differ from the trained model's, or a part of the bundle is missing.
    """
    family = model.family
    data = {"name": dataset.name, "version": dataset.version, "digest": dataset.digest}
    of_task = task(model.task)
    metrics = of_task.measure(predictions)
    revisions = [asdict(revision) for revision in data_revisions(dataset.name)]
    with notebook_run(name or family) as run, tempfile.TemporaryDirectory() as scratch:
        run_id = run.id
        bundle = Path(scratch) / "bundle"
        card = _card(family, data, seed, run_id, model.resolved, metrics)
        card |= contents_of(model.task).facts(dataset) | ({"data_revisions": revisions} if revisions else {})
        facts = write_bundle(model, dataset, bundle, card, predictions["validation"], parts)
        log_description(run_id, family, model.task, model.inputs, data, seed, model.resolved)
        if run.is_by_hand:
            parameters = {"dataset": dataset.name, "seed": seed} | model.parameters
            log_cell(run_id, family, f"{family}-{_digest(parameters)}", parameters)
        log_training_notes(run_id, model.training_notes)
        if "calibration" in (stated := model.card_facts()):
            log_calibration(run_id, stated["calibration"])
        log_training_share(run_id, dataset.training_share)
        log_data_revisions(run_id, revisions)
        log_training_data(dataset.recorded_rows(), dataset.name, dataset.digest)
        if dataset.preparation is not None:
            log_preparation(run_id, *_prepared(dataset.preparation))
        log_files(run_id, _write_data_tables(dataset, Path(scratch)), "data")
        measured = {"fit_seconds": model.fit_seconds, "peak_memory_mb": peak_memory_mb()} | asdict(facts)
        measured[TRAINING_EXAMPLES] = len(dataset.train)
        log_metrics(run_id, metrics | measured | _truncated_share(model, dataset))
        log_curves(run_id, "history", history, range(len(history)))
        if step_history is not None:
            log_curves(run_id, "steps", step_history.drop(columns="step"), step_history["step"])
        log_files(run_id, [*_write_tables(of_task, predictions, history, Path(scratch)), bundle])
        figures = of_task.figures({family.replace("_", " "): predictions["test"]}) | _learning_curve(history)
        for figure_name, figure in figures.items():
            log_figure(run_id, figure, figure_name)
        log_json(run_id, card["libraries"], "libraries.json")
    logger.info("Logged %s on %s as MLflow run %s", family, dataset.name, run_id)
    return run_id


def _card(
    family: str,
    data: Mapping[str, str],
    seed: int,
    run_id: str,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, float],
) -> dict[str, Any]:
    """Return the card of the exported model: its origin, parameters, scores and libraries."""
    return {
        "model": family,
        "dataset": data["name"],
        "dataset_version": data["version"],
        "dataset_digest": data["digest"],
        "seed": seed,
        "run_id": run_id,
        "parameters": parameters,
        "metrics": metrics,
        "libraries": library_versions(),
    }


def _truncated_share(model: Model, dataset: TaskDataset) -> dict[str, float]:
    """Return the share of the test texts that the model does not read to their end; nothing if it reads any length."""
    if not model.signature().tells_truncated:
        return {}
    truncated = model.truncated(dataset.test)
    return {} if truncated is None else {TRUNCATED_SHARE: float(truncated.mean())}


def _digest(parameters: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(dict(parameters), sort_keys=True, default=str).encode()).hexdigest()[:10]


def _prepared(preparation: Preparation) -> tuple[int, dict[str, int], list[str]]:
    """Return the rows read, the dropped rows by reason, and the kinds of serious concerns."""
    counts = {str(reason): count for reason, count in preparation.counts().items()}
    kinds = [str(concern.kind) for concern in preparation.concerns if concern.is_serious]
    return preparation.rows_read, counts, kinds


def _write_data_tables(dataset: TaskDataset, folder: Path) -> list[Path]:
    """Write the tables that describe the data, what was done to it, and the first dropped rows; return the files."""
    tables = {f"{name}.csv": table for name, table in dataset.tables().items()}
    if dataset.preparation is not None:
        tables["preparation.csv"] = dataset.preparation_table()
        if len(dataset.preparation.corrected):
            tables["corrected.csv"] = dataset.preparation.corrected.set_index("id")
        write_dropped(dataset.preparation, folder / "dropped.csv", DROPPED_ROWS)
    for name, table in tables.items():
        table.to_csv(folder / name)
    return [folder / name for name in (*tables, *(["dropped.csv"] if dataset.preparation is not None else []))]


def _write_tables(
    of_task: Task, predictions: Mapping[str, pd.DataFrame], history: pd.DataFrame, folder: Path
) -> list[Path]:
    """Write the predictions, the task's tables and the history; return the files."""
    for split, frame in predictions.items():
        frame.to_parquet(folder / predictions_name(split), index=False)
    tables = {f"{name}.csv": table for name, table in of_task.tables(predictions).items()} | {"history.csv": history}
    for name, table in tables.items():
        table.to_csv(folder / name, index=False)
    return [folder / name for name in (*map(predictions_name, predictions), *tables)]


def _learning_curve(history: pd.DataFrame) -> "dict[str, Figure]":
    """Draw the learning curve; nothing if the history is too short for one."""
    from textlab.evaluation import figures

    is_drawn = len(history) > 1 and figures.drawable(history)
    return {"learning_curve": figures.learning_curve_figure(history)} if is_drawn else {}
