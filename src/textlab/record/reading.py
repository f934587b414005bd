"""Read runs from the store."""

from collections.abc import Mapping, Sequence

from textlab.record.run import Run, Status
from textlab.record.store import client, connected_mlflow, find_experiment, store_exists
from textlab.record.tags import CELL, KEY, STATUS, run_from

BY_HAND = "by-hand"  # the MLflow experiment of notebooks that people run in JupyterLab
PAGE = 1000  # runs per request


def runs(grid: str, cells: Sequence[str] | None = None, chosen: Mapping[str, str | None] | None = None) -> list[Run]:
    """Return the newest run of each cell of a grid.

    Args:
        grid: the grid's name.
        cells: the cells' keys, in the order of the result; None for every cell in the store, newest first.
        chosen: run ids by the cell's key. Such a run replaces the cell's newest one. The runner uses this when an
            earlier run matches the grid file again.

    Raises:
        ValueError: the store has no runs of this grid; the message lists the grids it has.
    """
    chosen = chosen or {}
    newest: dict[str, Run] = {}
    for run in all_runs(grid):
        if run.cell not in newest or chosen.get(run.cell) == run.id:
            newest[run.cell] = run
    if cells is None:
        return list(newest.values())
    return [newest[cell] for cell in cells if cell in newest]


def all_runs(grid: str, *, cell: str | None = None, key: str | None = None, status: Status | None = None) -> list[Run]:
    """Return every run of a grid's cells, newest first.

    Args:
        grid: the grid's name.
        cell, key, status: only the runs with this value; None for all.

    Raises:
        ValueError: the store has no runs of this grid; the message lists the grids it has.
    """
    experiment = client().get_experiment_by_name(grid)
    if experiment is None:
        known = sorted(other.name for other in client().search_experiments() if other.name != "Default")
        raise ValueError(f"MLflow has no experiment '{grid}'. Available: {', '.join(known) or 'none'}.")
    conditions = {CELL: cell, KEY: key, STATUS: status}
    query = " and ".join(f"tags.`{tag}` = '{value}'" for tag, value in conditions.items() if value is not None)
    return [run for run in matching_runs([experiment.experiment_id], query) if run.cell]


def runs_so_far(grid: str) -> list[Run]:
    """Return every run of a grid's cells, newest first; none if the store or the grid is new. Nothing is created.

    Raises:
        ValueError: the store cannot be opened.
    """
    return all_runs(grid) if store_exists() and find_experiment(grid) is not None else []


def matching_runs(experiment_ids: list[str], query: str) -> list[Run]:
    """Return all runs of some MLflow experiments that match a query, newest first, from all pages of the result."""
    matches: list[Run] = []
    token = None
    while True:
        page = client().search_runs(
            experiment_ids,
            filter_string=query,
            order_by=["attributes.start_time DESC"],
            page_token=token,
            max_results=PAGE,
        )
        matches += map(run_from, page)
        token = page.token
        if not token:
            return matches


def get_run(run_id: str) -> Run:
    """Return the run with this id."""
    return run_from(client().get_run(run_id))


def get_runs(run_ids: Sequence[str]) -> list[Run]:
    """Return the runs with these ids, in this order."""
    return [run_from(client().get_run(run_id)) for run_id in run_ids]


def finished_run(run_id: str) -> Run:
    """Return the run with this id, which must be done and have logged a model.

    Raises:
        ValueError: the store cannot be opened, it has no such run, the run is not done, or it logged no model.
    """
    unknown = (
        f"MLflow has no run '{run_id}'. Look the id up in reports/<grid>/leaderboard.csv or on MLflow's page "
        "(python -m textlab ui)."
    )
    if not store_exists():
        raise ValueError(unknown)
    find_experiment(BY_HAND)  # raises if the store cannot be opened
    mlflow = connected_mlflow()
    try:
        mlflow_run = mlflow.MlflowClient().get_run(run_id)
    except mlflow.MlflowException as error:
        raise ValueError(unknown) from error
    if mlflow_run.info.lifecycle_stage == "deleted":
        raise ValueError(unknown)
    run = run_from(mlflow_run)
    if run.status is not Status.DONE:
        raise ValueError(f"Run {run_id} is not finished but '{run.status}'. Run its grid again, or name another run.")
    if run.model is None:
        raise ValueError(f"Run {run_id} has logged no model. Name a run whose notebook calls log_experiment.")
    return run


def grid_of(run: Run) -> str:
    """Return the name of a run's grid, which is the name of its MLflow experiment."""
    return str(client().get_experiment(run.experiment_id).name)
