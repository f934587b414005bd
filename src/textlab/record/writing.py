"""Write runs to the store: open, close and describe them, and nest them under their grid or search."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textlab.record import tags
from textlab.record.limits import METRIC_NAME, shortened
from textlab.record.run import Run, Status
from textlab.record.store import client, connected_mlflow, prepare_store

ERROR_CHARACTERS = 5000  # MLflow's limit for a tag
ENDS = {Status.DONE: "FINISHED", Status.INTERRUPTED: "KILLED"}  # MLflow's own status; FAILED for all others


def open_run(
    experiment_id: str,
    name: str,
    notebook: str,
    cell: str,
    parameters: Mapping[str, Any],
    parent: str | None = None,
    *,
    key: str | None = None,
    fingerprint: str | None = None,
    threads: int | None = None,
    gpus: float | None = None,
    study: str | None = None,
) -> str:
    """Open the run of a grid's cell before its notebook starts; return the run's id.

    Args:
        experiment_id: from `prepare_store`.
        name: the run's name on MLflow's pages.
        notebook: the stem of the notebook's file name.
        cell: the cell's key.
        parameters: the parameters that the notebook receives.
        parent: the id of the run to nest this one under: the search's run for a trial; None means the grid's run.
        key: the digest of the fingerprint.
        fingerprint: everything that decides the run's numbers, as JSON.
        threads: threads per notebook.
        gpus: GPUs per notebook; fractions share one.
        study: the name of the search, for a trial.
    """
    optional_tags = {
        tags.KEY: key,
        tags.FINGERPRINT: fingerprint,
        tags.THREADS: None if threads is None else str(threads),
        tags.GPUS: None if gpus is None else f"{gpus:g}",
        tags.STUDY: study,
        tags.PARENT: parent or _grid_run_id(experiment_id),
    }
    run_tags = tags.cell_tags(notebook, cell, parameters)
    run_tags |= {tags.STATUS: Status.RUNNING.value, tags.SOURCE: f"notebooks/{notebook}.ipynb"}
    run_tags |= {tag: value for tag, value in optional_tags.items() if value is not None}
    return str(client().create_run(experiment_id, run_name=name, tags=run_tags).info.run_id)


def close_run(
    run_id: str,
    status: Status | str,
    error: str | None = None,
    files: Sequence[Path] = (),
    *,
    seconds: float | None = None,
    memory: int | None = None,
) -> None:
    """Close a run with the runner's verdict, and log the executed notebook and its page.

    Args:
        run_id: the run.
        status: the verdict.
        error: one line, if the status is not done.
        files: files for the artifact folder notebook/.
        seconds: wall-clock duration.
        memory: peak memory of the notebook in bytes.
    """
    status, connection = Status(status), client()
    for path in files:
        connection.log_artifact(run_id, str(path), "notebook")
    if seconds is not None:
        connection.set_tag(run_id, tags.SECONDS, f"{seconds:.1f}")
    if memory:
        connection.set_tag(run_id, tags.MEMORY, str(memory))
    connection.set_tag(run_id, tags.STATUS, status.value)
    if error:
        connection.set_tag(run_id, tags.ERROR, error[:ERROR_CHARACTERS])
    connection.set_terminated(run_id, ENDS.get(status, "FAILED"))


@contextmanager
def grid_run(
    grid: str,
    *,
    dataset: str | None = None,
    dataset_digest: str | None = None,
    primary_metric: str | None = None,
    secondary_metrics: Sequence[str] | None = None,
    champion_run: str | None = None,
) -> Iterator[str]:
    """Open the grid's own run and yield its id. All runs of the grid are nested under it.

    The run is created once per grid, and its status is RUNNING inside the context. The report, slides and tables are
    logged to it.

    Args:
        grid: the grid's name.
        dataset, dataset_digest, primary_metric, secondary_metrics, champion_run: new values of these tags; None keeps
            the old value.
    """
    experiment_id = prepare_store(grid)
    run_id = _grid_run_id(experiment_id)
    if run_id is None:
        kind = {tags.KIND: tags.GRID}
        run_id = str(client().create_run(experiment_id, run_name=f"grid {grid}", tags=kind).info.run_id)
    new_tags = {
        tags.DATASET: dataset,
        tags.PRIMARY_METRIC: primary_metric,
        tags.SECONDARY_METRICS: None if secondary_metrics is None else json.dumps(list(secondary_metrics)),
        tags.DATASET_DIGEST: dataset_digest,
        tags.CHAMPION_RUN: champion_run,
    }
    for tag, value in new_tags.items():
        if value is not None:
            client().set_tag(run_id, tag, value)
    client().update_run(run_id, status="RUNNING")
    try:
        yield run_id
    except BaseException:
        client().set_terminated(run_id, "KILLED")
        raise
    client().set_terminated(run_id, "FINISHED")


def _grid_run_id(experiment_id: str) -> str | None:
    """Return the id of the grid's run; None if there is none.

    If two runners have each created one, both use the oldest.
    """
    grid_runs = client().search_runs(
        [experiment_id],
        f"tags.`{tags.KIND}` = '{tags.GRID}'",
        order_by=["attributes.start_time ASC"],
        max_results=1,
    )
    return str(grid_runs[0].info.run_id) if grid_runs else None


def open_search(experiment_id: str, name: str, study: str) -> str:
    """Open the run that the trials of a search are nested under; return its id. A study always has the same run.

    No notebook executes in this run, so its status is SCHEDULED until `close_search`, and never RUNNING.
    """
    existing = client().search_runs([experiment_id], filter_string=f"tags.`{tags.SEARCH}` = '{study}'", max_results=1)
    if existing:
        return str(existing[0].info.run_id)
    parent = _grid_run_id(experiment_id)
    search_tags = {tags.SEARCH: study} | ({tags.PARENT: parent} if parent else {})
    run_id = str(client().create_run(experiment_id, run_name=name, tags=search_tags).info.run_id)
    client().update_run(run_id, status="SCHEDULED")
    return run_id


def close_search(run_id: str, best: str, metrics: Mapping[str, float]) -> None:
    """Close the run of a search whose trials have all ended.

    Args:
        run_id: from `open_search`.
        best: the name of the best trial.
        metrics: the metrics of the best trial.
    """
    for metric, value in metrics.items():
        client().log_metric(run_id, metric, value)
    client().set_tag(run_id, tags.BEST, best)
    client().set_terminated(run_id, "FINISHED")


def log_metrics(run_id: str, values: Mapping[str, float]) -> None:
    """Add metrics to a run in one request; NaN is left out, and long names are shortened."""
    known = {shortened(metric, METRIC_NAME): value for metric, value in values.items() if value == value}
    connected_mlflow().log_metrics(known, run_id=run_id)


def annotate(
    run: Run,
    *,
    name: str | None = None,
    parent: str | None = None,
    is_champion: bool | None = None,
    note: str | None = None,
    metrics: Mapping[str, float] | None = None,
    parameters: Mapping[str, Any] | None = None,
    concerns: Mapping[str, bool] | None = None,
) -> None:
    """Add the findings of a report to a finished run. Values that the run already has are not written again.

    Args:
        run: the run as it was read from the store.
        name: the new name on MLflow's pages.
        parent: the id of the run to nest it under, unless it is nested already.
        is_champion: whether the report chose the run.
        note: the description on the run's page, in Markdown.
        metrics: more metrics; NaN is left out.
        parameters: the parameters that the grid file states now, by which the report names the run.
        concerns: the kinds of concerns, and whether each is serious. Each becomes a tag; the tags of earlier concerns
            are removed.
    """
    if parameters is not None and (stated := json.loads(json.dumps(dict(parameters), default=str))) != run.parameters:
        client().set_tag(run.id, tags.PARAMETERS, json.dumps(stated))
    if parent is not None and run.parent is None:
        client().set_tag(run.id, tags.PARENT, parent)
    if name is not None and run.name != name:
        client().update_run(run.id, name=name)
    if is_champion is not None:
        client().set_tag(run.id, tags.CHAMPION, str(is_champion).lower())
    if note is not None:
        client().set_tag(run.id, tags.NOTE, note)
    if metrics is not None:
        known = {shortened(metric, METRIC_NAME): value for metric, value in metrics.items()}
        log_metrics(run.id, {metric: value for metric, value in known.items() if run.metrics.get(metric) != value})
    if concerns is not None:
        _tag_concerns(run.id, {f"{tags.CONCERN}{kind}": serious for kind, serious in concerns.items()})


def _tag_concerns(run_id: str, concerns: Mapping[str, bool]) -> None:
    """Tag each concern as serious or noted, and remove tags of other concerns."""
    present = client().get_run(run_id).data.tags
    for tag in present:
        if tag.startswith(tags.CONCERN) and tag not in concerns:
            client().delete_tag(run_id, tag)
    for tag, is_serious in concerns.items():
        client().set_tag(run_id, tag, "serious" if is_serious else "noted")
