"""Reuse a finished run in another grid.

The other grid gets a run of its own, with the same metrics and parameters, which its report names, ranks and marks. The
files stay with the run that was executed, and `artifact` finds them through the tag that names it.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from textlab.record import tags
from textlab.record.reading import matching_runs
from textlab.record.run import Run, Status
from textlab.record.store import client

if TYPE_CHECKING:
    from mlflow.entities import Metric
    from mlflow.entities import Run as MLflowRun

POINTS = 1000  # MLflow's limit for the metrics of one request
PARAMETERS = 100  # MLflow's limit for the parameters of one request
# What the grid that reuses a run states itself.
OWN_TAGS = (
    *(tags.CELL, tags.NOTEBOOK, tags.PARAMETERS, tags.STATUS, tags.ERROR, tags.KEY, tags.FINGERPRINT),
    *(tags.STUDY, tags.CHAMPION),
)
OWN_METRICS = "group_"  # which runs tie with the best one differs from grid to grid


def finished_elsewhere(key: str, notebook: str, without: Collection[str]) -> Run | None:
    """Return the newest finished run with this content key in any grid; one that was executed comes first.

    Args:
        key: the content key.
        notebook: the stem of the notebook's file name.
        without: the names of the MLflow experiments to leave out.
    """
    experiments = [each.experiment_id for each in client().search_experiments() if each.name not in without]
    if not experiments:
        return None
    query = f"tags.`{tags.KEY}` = '{key}' and tags.`{tags.STATUS}` = '{Status.DONE}'"
    found = [run for run in matching_runs(experiments, query) if run.notebook == notebook and not run.is_open]
    return min(found, key=lambda run: run.reused is not None, default=None)


def copy_results(run: Run, run_id: str) -> None:
    """Copy what `run` logged, except its files, to the open run `run_id` of another grid, and name `run` there."""
    from mlflow.entities import Param, RunTag

    original, connection = client().get_run(run.id), client()
    copied = {
        tag: value for tag, value in original.data.tags.items() if tag.startswith(tags.PREFIX) and tag not in OWN_TAGS
    }
    copied[tags.REUSED] = run.reused or run.id
    connection.log_batch(run_id, tags=[RunTag(tag, value) for tag, value in copied.items()])
    parameters = [Param(name, value) for name, value in original.data.params.items()]
    for start in range(0, len(parameters), PARAMETERS):
        connection.log_batch(run_id, params=parameters[start : start + PARAMETERS])
    points = list(_points(original))
    for start in range(0, len(points), POINTS):
        connection.log_batch(run_id, metrics=points[start : start + POINTS])


def _points(original: "MLflowRun") -> "Iterator[Metric]":
    """Yield every point of a run's curves, and the value of each other metric."""
    from mlflow.entities import Metric

    for name, value in original.data.metrics.items():
        if "/" in name:
            yield from client().get_metric_history(original.info.run_id, name)
        elif not name.startswith(OWN_METRICS):
            yield Metric(name, value, original.info.end_time or original.info.start_time, 0)
