"""The spelling of every MLflow tag, and the conversion of an MLflow run into a `Run`.

Existing stores contain these names: a new spelling would hide every earlier run.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textlab.record.run import Run, Status

if TYPE_CHECKING:
    from mlflow.entities import Run as MLflowRun

PREFIX = "textlab."

CELL = f"{PREFIX}cell"
NOTEBOOK = f"{PREFIX}notebook"
PARAMETERS = f"{PREFIX}parameters"  # JSON
STATUS = f"{PREFIX}status"
ERROR = f"{PREFIX}error"
MODEL = f"{PREFIX}model"
TASK = f"{PREFIX}task"
INPUTS = f"{PREFIX}inputs"  # names of columns, joined by commas
DATASET = f"{PREFIX}dataset"
DATASET_VERSION = f"{PREFIX}dataset_version"
DATASET_DIGEST = f"{PREFIX}dataset_digest"
DATA_REVISIONS = f"{PREFIX}data_revisions"  # JSON; only for runs on data that DVC tracks
ROWS_READ = f"{PREFIX}rows_read"
ROWS_DROPPED = f"{PREFIX}rows_dropped"
DROPPED = f"{PREFIX}dropped"  # JSON: dropped rows by reason
DATA_CONCERNS = f"{PREFIX}data_concerns"  # JSON: the kinds of the data's serious concerns
SEED = f"{PREFIX}seed"
TRAINING_SHARE = f"{PREFIX}training_share"  # only for runs on a share of the training split
TRAINING_NOTES = f"{PREFIX}training_notes"  # JSON: sentences about a training that ended too early
CALIBRATION = f"{PREFIX}calibration"  # JSON: what makes the model's probabilities from its uncalibrated ones
MACHINE = f"{PREFIX}machine"
KEY = f"{PREFIX}key"
FINGERPRINT = f"{PREFIX}fingerprint"  # JSON
THREADS = f"{PREFIX}threads"
GPUS = f"{PREFIX}gpus"
SECONDS = f"{PREFIX}seconds"
MEMORY = f"{PREFIX}memory"  # bytes
STUDY = f"{PREFIX}study"  # only for trials: the study's name
CHAMPION = f"{PREFIX}champion"
REUSED = f"{PREFIX}reused"  # only for runs that were executed in another grid: the id of that run

COPIED = (
    f"{PREFIX}copied."  # only for runs that another tracker has; the tracker's name follows, the value is the place
)

KIND = f"{PREFIX}kind"  # only for runs that execute no cell
GRID = "grid"  # the kind of a grid's own run
PRIMARY_METRIC = f"{PREFIX}primary_metric"  # only for a grid's run
SECONDARY_METRICS = f"{PREFIX}secondary_metrics"  # only for a grid's run; JSON list; its comparison shows them, too
CHAMPION_RUN = f"{PREFIX}champion_run"  # only for a grid's run
CONCERN = f"{PREFIX}concern."  # only for a grid's run: "serious" or "noted"; the kind of concern follows
SEARCH = f"{PREFIX}search"  # only for a search's run: the study's name
BEST = f"{PREFIX}best"  # only for a search's run: the name of the best trial

RETRAINING = "retraining"  # the kind of the run of a retrain's decision
RETRAIN = f"{PREFIX}retrain"  # only for such runs: the retrain's id
RETRAINED = f"{PREFIX}retrained"  # only for such runs: the name of the promoted model
VERDICT = f"{PREFIX}verdict"  # only for such runs: promote or keep
OUTCOME = f"{PREFIX}outcome"  # only for such runs: what has happened since

NUMBER = f"{PREFIX}number"  # only for registered versions: the folder models/<name>/<number>

PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
SOURCE = "mlflow.source.name"
EXPERIMENT_KIND = "mlflow.experimentKind"
SHARED_VIEW = "mlflow.sharedViewState."  # only for experiments; the view's key follows


def cell_tags(notebook: str, cell: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags that identify the run of a cell."""
    return {NOTEBOOK: notebook, CELL: cell, PARAMETERS: json.dumps(dict(parameters), default=str)}


def run_from(mlflow_run: "MLflowRun") -> Run:
    """Convert an MLflow run into a `Run`."""
    info, tags = mlflow_run.info, mlflow_run.data.tags
    parameters: dict[str, Any] = json.loads(tags.get(PARAMETERS, "{}"))
    status = Status(tags.get(STATUS))
    seed = parameters.get("seed", tags.get(SEED))
    return Run(
        id=str(info.run_id),
        experiment_id=str(info.experiment_id),
        cell=tags.get(CELL, ""),
        name=str(info.run_name or ""),
        notebook=tags.get(NOTEBOOK, ""),
        status=status,
        is_open=status is Status.RUNNING or info.status == "RUNNING",
        model=tags.get(MODEL),
        task=tags.get(TASK, Run.task),
        inputs=tuple(tags[INPUTS].split(",")) if INPUTS in tags else Run.inputs,
        dataset=str(tags.get(DATASET, parameters.get("dataset", ""))),
        dataset_version=tags.get(DATASET_VERSION, ""),
        dataset_digest=tags.get(DATASET_DIGEST, ""),
        data_revisions=tuple(json.loads(tags.get(DATA_REVISIONS, "[]"))),
        training_share=float(tags.get(TRAINING_SHARE, 1)),
        seed=None if seed is None else int(seed),
        training_notes=tuple(json.loads(tags.get(TRAINING_NOTES, "[]"))),
        calibration=json.loads(tags.get(CALIBRATION, "null")),
        parameters=parameters,
        metrics=dict(mlflow_run.data.metrics),
        key=tags.get(KEY),
        fingerprint=json.loads(tags[FINGERPRINT]) if FINGERPRINT in tags else None,
        started=_time(info.start_time),
        ended=_time(info.end_time),
        seconds=_seconds(tags, info.start_time, info.end_time),
        memory=int(tags[MEMORY]) if MEMORY in tags else None,
        threads=int(tags[THREADS]) if THREADS in tags else None,
        gpus=float(tags.get(GPUS, 0)),
        machine=tags.get(MACHINE, ""),
        error=tags.get(ERROR, ""),
        study=tags.get(STUDY),
        parent=tags.get(PARENT),
        is_champion=tags.get(CHAMPION) == "true",
        reused=tags.get(REUSED),
    )


def _time(milliseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


def _seconds(tags: Mapping[str, str], started: int, ended: int | None) -> float | None:
    """Return the duration by the runner's clock, which is monotonic, if it was logged; else by MLflow's clock."""
    if SECONDS in tags:
        return float(tags[SECONDS])
    return max(0.0, (ended - started) / 1000) if ended else None
