"""The run of a notebook: its model, parameters, data and curves."""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textlab.record import tags
from textlab.record.limits import DATASET_NAME, shortened
from textlab.record.machine import machine
from textlab.record.reading import BY_HAND
from textlab.record.run import Status
from textlab.record.store import client, connected_mlflow, prepare_store

if TYPE_CHECKING:
    import pandas as pd

POINTS = 1000  # MLflow's limit for the metrics of one request
DIGEST_CHARACTERS = 36  # MLflow's limit for the digest of a dataset
TRIES = 3


@dataclass(frozen=True)
class NotebookRun:
    """The open run of a notebook.

    Attributes:
        id: the MLflow run's id.
        is_by_hand: whether a person runs the notebook, so that no runner has opened the run.
    """

    id: str
    is_by_hand: bool


@contextmanager
def notebook_run(name: str) -> Iterator[NotebookRun]:
    """Open the run that this notebook logs into.

    In a grid, this is the run that the runner opened (MLFLOW_RUN_ID). By hand, it is a new run called `name`.
    """
    mlflow = connected_mlflow()
    is_by_hand = "MLFLOW_RUN_ID" not in os.environ  # MLflow removes the variable when it starts the run
    if is_by_hand:
        mlflow.set_experiment(experiment_id=prepare_store(BY_HAND))
    with mlflow.start_run(run_name=name if is_by_hand else None) as run:
        yield NotebookRun(str(run.info.run_id), is_by_hand)


def log_description(
    run_id: str,
    model: str,
    task: str,
    inputs: Iterable[str],
    dataset: Mapping[str, str],
    seed: int,
    parameters: Mapping[str, Any],
) -> None:
    """Log the model, the data and the parameters of a run, as tags and as MLflow parameters.

    Args:
        run_id: the run.
        model: the model family.
        task: the model's task.
        inputs: the columns that the model reads.
        dataset: the dataset's name, version and digest.
        seed: the random seed.
        parameters: the model's hyperparameters.
    """
    description = {
        tags.MODEL: model,
        tags.INPUTS: ",".join(inputs),
        tags.DATASET: dataset["name"],
        tags.DATASET_VERSION: dataset["version"],
        tags.DATASET_DIGEST: dataset["digest"],
        tags.SEED: seed,
    }
    from mlflow.entities import Param, RunTag

    shown = {tag.removeprefix(tags.PREFIX): value for tag, value in description.items()} | dict(parameters)
    client().log_batch(
        run_id,
        params=[Param(name, str(value)) for name, value in shown.items()],
        tags=[
            RunTag(tag, str(value)) for tag, value in (description | {tags.MACHINE: machine(), tags.TASK: task}).items()
        ],
    )


def log_cell(run_id: str, notebook: str, cell: str, parameters: Mapping[str, Any]) -> None:
    """Give a run by hand the tags that the runner gives to the runs of a grid, so that reports can read it."""
    cell_tags = tags.cell_tags(notebook, cell, parameters) | {tags.STATUS: Status.DONE.value}
    for tag, value in cell_tags.items():
        client().set_tag(run_id, tag, value)


def log_training_notes(run_id: str, notes: Iterable[str]) -> None:
    """Tag a run with sentences about a training that ended too early; without notes, nothing is logged."""
    if stated := list(notes):
        client().set_tag(run_id, tags.TRAINING_NOTES, json.dumps(stated))


def log_training_share(run_id: str, share: float) -> None:
    """Tag a run whose model was fitted on a share of the training split; for the whole split, nothing is logged."""
    if share < 1:
        client().set_tag(run_id, tags.TRAINING_SHARE, str(share))


def log_calibration(run_id: str, calibration: Mapping[str, Any]) -> None:
    """Tag a run with the calibration of its model, with which a report recovers the uncalibrated probabilities."""
    client().set_tag(run_id, tags.CALIBRATION, json.dumps(dict(calibration)))


def log_training_data(frame: "pd.DataFrame", name: str, digest: str) -> None:
    """Log the data that the current run was trained on, by name and digest."""
    short = shortened(name, DATASET_NAME)
    _log_input(connected_mlflow().data.from_pandas(frame, name=short, digest=digest[:DIGEST_CHARACTERS]))


def log_data_revisions(run_id: str, revisions: Iterable[Mapping[str, str]]) -> None:
    """Tag a run with the DVC revisions of its data; without any, nothing is logged."""
    if stated := [dict(revision) for revision in revisions]:
        client().set_tag(run_id, tags.DATA_REVISIONS, json.dumps(stated))


def log_preparation(run_id: str, rows_read: int, dropped: Mapping[str, int], concerns: Iterable[str]) -> None:
    """Tag a run with what was done to its data.

    Args:
        run_id: the run.
        rows_read: number of rows in the data's source.
        dropped: number of dropped rows by reason.
        concerns: the kinds of the data's serious concerns.
    """
    values = {
        tags.ROWS_READ: str(rows_read),
        tags.ROWS_DROPPED: str(sum(dropped.values())),
        tags.DROPPED: json.dumps(dict(dropped)),
        tags.DATA_CONCERNS: json.dumps(sorted(set(concerns))),
    }
    for tag, value in values.items():
        client().set_tag(run_id, tag, value)


def _log_input(dataset: Any) -> None:
    """Log an MLflow dataset as the current run's training data.

    MLflow checks whether it knows the dataset, then adds it. If two runs do so at once, one of them fails. A moment
    later the dataset is known, and another try succeeds.
    """
    mlflow = connected_mlflow()
    for tries_left in reversed(range(TRIES)):
        try:
            mlflow.log_input(dataset, context="training")
            return
        except mlflow.MlflowException:
            if not tries_left:
                raise
            time.sleep(0.1)


def log_curves(run_id: str, kind: str, table: "pd.DataFrame", steps: Iterable[int]) -> None:
    """Log every numeric column of a table as the curve <kind>/<column>; `steps` holds the step of each row."""
    from mlflow.entities import Metric

    now, step_of_row = int(1000 * time.time()), [int(step) for step in steps]
    points = [
        Metric(f"{kind}/{column}", float(value), now, step)
        for column in table.select_dtypes("number")
        for step, value in zip(step_of_row, table[column], strict=True)
        if value == value
    ]
    for start in range(0, len(points), POINTS):
        client().log_batch(run_id, metrics=points[start : start + POINTS])


def log_json(run_id: str, content: Mapping[str, Any], name: str) -> None:
    """Add a JSON file to a run."""
    client().log_dict(run_id, dict(content), name)
