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

from textlab.data.dataset import Dataset
from textlab.data.preparation import Preparation, write_dropped
from textlab.evaluation.classification.class_scores import class_scores
from textlab.evaluation.classification.metrics import classification_metrics, overall_metrics
from textlab.evaluation.classification.predictions import label_names_of, most_confident_mistakes
from textlab.export.bundle import write_bundle
from textlab.models.classifier import Classifier
from textlab.record.artifacts import log_figure, log_files, predictions_name
from textlab.record.machine import library_versions, peak_memory_mb
from textlab.record.notebook_run import (
    log_cell,
    log_curves,
    log_description,
    log_json,
    log_preparation,
    log_training_data,
    log_training_notes,
    notebook_run,
)
from textlab.record.writing import log_metrics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

MISTAKES = 50
# With more classes, their scores are no metrics of the run: 1,016 classes had 8,100. A table always holds them.
MOST_CLASSES = 50
DROPPED_ROWS = 1000  # of the table of dropped rows


def log_experiment(
    model: Classifier,
    dataset: Dataset,
    predictions: Mapping[str, pd.DataFrame],
    history: pd.DataFrame,
    seed: int,
    name: str | None = None,
    step_history: pd.DataFrame | None = None,
) -> str:
    """Export a model, and log it with its scores, predictions and figures as one MLflow run.

    In a grid, the run is the one that the runner opened (MLFLOW_RUN_ID). By hand, it is a new run.

    Args:
        model: the fitted model.
        dataset: the data that the model was fitted on.
        predictions: the frames of "validation" and "test", from `predictions_frame`.
        history: the table that `fit` returned, with one row per epoch or step.
        seed: the random seed that `fit` received.
        name: the name of a run by hand; the model family by default.
        step_history: one row per training step, if the family reports it; the column step, then measurements.

    Returns:
        The MLflow run's id.

    Raises:
        ValueError: the exported model's probabilities differ from the trained model's.
    """
    family = model.family
    data = {"name": dataset.name, "version": dataset.version, "digest": dataset.digest}
    metrics = _metrics(predictions)
    with notebook_run(name or family) as run, tempfile.TemporaryDirectory() as scratch:
        run_id = run.id
        bundle = Path(scratch) / "bundle"
        card = _card(family, data, seed, run_id, model.resolved, metrics, dataset.label_names)
        facts = write_bundle(model, dataset, bundle, card, predictions["validation"])
        log_description(run_id, family, model.task, data, seed, model.resolved)
        if run.is_by_hand:
            parameters = {"dataset": dataset.name, "seed": seed} | model.parameters
            log_cell(run_id, family, f"{family}-{_digest(parameters)}", parameters)
        log_training_notes(run_id, model.training_notes)
        log_training_data(dataset.labelled(dataset.train)[["label"]], dataset.name, dataset.digest)
        if dataset.preparation is not None:
            log_preparation(run_id, *_prepared(dataset.preparation))
        log_files(run_id, _write_data_tables(dataset, Path(scratch)), "data")
        measured = {"fit_seconds": model.fit_seconds, "peak_memory_mb": peak_memory_mb()} | asdict(facts)
        log_metrics(run_id, metrics | measured)
        log_curves(run_id, "history", history, range(len(history)))
        if step_history is not None:
            log_curves(run_id, "steps", step_history.drop(columns="step"), step_history["step"])
        log_files(run_id, [*_write_tables(predictions, history, Path(scratch)), bundle])
        for figure_name, figure in _figures({family.replace("_", " "): predictions["test"]}, history).items():
            log_figure(run_id, figure, figure_name)
        log_json(run_id, card["libraries"], "libraries.json")
    logger.info("Logged %s on %s as MLflow run %s", family, dataset.name, run_id)
    return run_id


def _metrics(predictions: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Return the metrics of every split as <split>_<metric>; of many classes, without those of single classes."""
    is_many = len(label_names_of(predictions["test"])) > MOST_CLASSES
    metrics_of = overall_metrics if is_many else classification_metrics
    return {
        f"{split}_{metric}": value
        for split, frame in predictions.items()
        for metric, value in metrics_of(frame).items()
    }


def _card(
    family: str,
    data: Mapping[str, str],
    seed: int,
    run_id: str,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, float],
    label_names: tuple[str, ...],
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
        "label_names": list(label_names),
        "libraries": library_versions(),
    }


def _digest(parameters: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(dict(parameters), sort_keys=True, default=str).encode()).hexdigest()[:10]


def _prepared(preparation: Preparation) -> tuple[int, dict[str, int], list[str]]:
    """Return the rows read, the dropped rows by reason, and the kinds of serious concerns."""
    counts = {str(reason): count for reason, count in preparation.counts().items()}
    kinds = [str(concern.kind) for concern in preparation.concerns if concern.is_serious]
    return preparation.rows_read, counts, kinds


def _write_data_tables(dataset: Dataset, folder: Path) -> list[Path]:
    """Write what was done to the data, its classes and text lengths, and the first dropped rows; return the files."""
    tables = {"class_counts.csv": dataset.class_counts(), "text_lengths.csv": dataset.text_lengths()}
    if dataset.preparation is not None:
        tables["preparation.csv"] = dataset.preparation_table()
        write_dropped(dataset.preparation, folder / "dropped.csv", DROPPED_ROWS)
    for name, table in tables.items():
        table.to_csv(folder / name)
    return [folder / name for name in (*tables, *(["dropped.csv"] if dataset.preparation is not None else []))]


def _write_tables(predictions: Mapping[str, pd.DataFrame], history: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the predictions, the scores of the classes, the worst mistakes and the history; return the files."""
    for split, frame in predictions.items():
        frame.to_parquet(folder / predictions_name(split), index=False)
    tables = {
        "class_scores_test.csv": class_scores(predictions["test"]).reset_index(),
        "mistakes_test.csv": most_confident_mistakes(predictions["test"], MISTAKES),
        "history.csv": history,
    }
    for name, table in tables.items():
        table.to_csv(folder / name, index=False)
    return [folder / name for name in (*map(predictions_name, predictions), *tables)]


def _figures(test: Mapping[str, pd.DataFrame], history: pd.DataFrame) -> "dict[str, Figure]":
    from textlab.evaluation import figures

    by_name = {
        "roc": figures.roc_figure(test),
        "precision_recall": figures.precision_recall_figure(test),
        "confusion": figures.confusion_figure(test),
        "reliability": figures.reliability_figure(test),
    }
    if len(history) > 1 and figures.drawable(history):
        by_name["learning_curve"] = figures.learning_curve_figure(history)
    return by_name
