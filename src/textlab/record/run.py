"""One executed cell as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

TRAINING_EXAMPLES = "training_examples"  # the metric with the number of examples that a model was fitted on
TRUNCATED_SHARE = "truncated_share"  # the metric with the share of test texts that a model does not read to their end


class Status(StrEnum):
    """The status that the runner gave a run; the store contains the values as they are spelled here."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # a code cell raised an exception
    TIMED_OUT = "timed out"
    DIED = "died"  # the kernel ended without an exception
    INTERRUPTED = "interrupted"
    BLOCKED = "blocked"  # a cell that it builds on is not done
    UNKNOWN = "unknown"  # the store states no verdict, or one that this version does not know

    @classmethod
    def _missing_(cls, value: object) -> "Status":
        return cls.UNKNOWN

    def is_finished(self) -> bool:
        """Return whether the run has ended, well or badly."""
        return self not in (Status.RUNNING, Status.UNKNOWN)


@dataclass(frozen=True)
class Run:
    """One executed cell as MLflow stores it. Fields that were not logged are None or empty.

    Attributes:
        id: the MLflow run's id.
        experiment_id: the id of the MLflow experiment, which holds the runs of one grid.
        cell: the key of the grid's cell; "" for runs without a cell, such as the grid's own run.
        name: the run's name on MLflow's pages.
        notebook: the stem of the notebook's file name.
        status: the runner's verdict.
        is_open: whether MLflow or the runner lists the run as running.
        model: the model family; None unless the notebook logged a model.
        task: the model's task.
        inputs: the columns that the model reads.
        dataset, dataset_version, dataset_digest: the data that the model was fitted on.
        data_revisions: the DVC revisions of the data's files, see `data.revisions`; empty if DVC tracks none.
        training_share: the share of the training split that the model was fitted on; below 1 for a learning curve.
        seed: the random seed.
        training_notes: sentences about a training that ended too early; usually none.
        calibration: the calibration of the model's probabilities; None if the model has none, or an earlier version
            logged the run.
        parameters: what the grid passed to the notebook.
        metrics: the latest value of each metric.
        key: the content key, a digest of everything that decides the run's numbers.
        fingerprint: the parts that `key` is computed from.
        started, ended: MLflow's clock, in UTC.
        seconds: wall-clock duration, by the runner's clock if it was logged, else by MLflow's.
        memory: peak memory of the notebook in bytes.
        threads: threads per notebook.
        gpus: GPUs per notebook; fractions share one.
        machine: processor, cores and memory in one line.
        error: one line; "" unless the run failed.
        study: the name of the search that the run is a trial of.
        parent: the id of the MLflow run that this one is nested under.
        is_champion: whether the newest report chose this run as the grid's champion.
        reused: the id of the run of another grid whose results and files these are; None if the run was executed.
    """

    id: str
    experiment_id: str = ""
    cell: str = ""
    name: str = ""
    notebook: str = ""
    status: Status = Status.UNKNOWN
    is_open: bool = False
    model: str | None = None
    task: str = "classification"
    inputs: tuple[str, ...] = ("text",)
    dataset: str = ""
    dataset_version: str = ""
    dataset_digest: str = ""
    data_revisions: tuple[Mapping[str, str], ...] = ()
    training_share: float = 1.0
    seed: int | None = None
    training_notes: tuple[str, ...] = ()
    calibration: Mapping[str, Any] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    key: str | None = None
    fingerprint: Mapping[str, Any] | None = None
    started: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None
    memory: int | None = None
    threads: int | None = None
    gpus: float = 0.0
    machine: str = ""
    error: str = ""
    study: str | None = None
    parent: str | None = None
    is_champion: bool = False
    reused: str | None = None

    @property
    def is_candidate(self) -> bool:
        """Whether the run's model may become the champion: it is finished, and it learnt from the whole split."""
        return self.status is Status.DONE and self.model is not None and self.training_share == 1
