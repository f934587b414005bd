"""The MLflow store: its address, its creation, and waiting for locks."""

import logging
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textlab import paths
from textlab.record.tags import EXPERIMENT_KIND

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

logger = logging.getLogger(__name__)

SQLITE = "sqlite:///"
RETRIES = "4"  # with MLflow's default of 7, a request to a server that is gone takes minutes
LOCK_SECONDS = 120  # how long to wait for a locked SQLite store
ANSWER_SECONDS = 10  # how long to wait for a server's health check


def tracking_uri() -> str:
    """Return the store's address: MLFLOW_TRACKING_URI if it is set, else SQLite at mlruns/mlflow.db."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{paths.MLRUNS / 'mlflow.db'}"


def without_password(text: str) -> str:
    """Return a text for logs and pages, in which no address holds the user and password of a server."""
    return re.sub(r"(?<=://)[^/\s]*@", "", text)


def store_exists() -> bool:
    """Return whether the store exists. Check this before reading, because MLflow would create a store."""
    path = _sqlite_file()
    return path is None or path.exists()


def is_sqlite() -> bool:
    """Return whether the store is an SQLite file, which only processes on this machine can write to."""
    return tracking_uri().startswith("sqlite")


def environment(run_id: str | None = None) -> dict[str, str]:
    """Return the environment variables that make a process log into this store, and into run `run_id` if not None."""
    return {"MLFLOW_TRACKING_URI": tracking_uri()} | ({"MLFLOW_RUN_ID": run_id} if run_id else {})


def prepare_store(experiment: str) -> str:
    """Create the store and the experiment unless they exist; return the experiment's id.

    Call it once, before any notebook starts. A deleted experiment is restored.

    Raises:
        ValueError: the store cannot be opened.
    """
    path = _sqlite_file()
    if path is not None:
        _create_store(path)
    mlflow = connected_mlflow()
    existing = find_experiment(experiment)
    if existing is not None:
        if existing.lifecycle_stage == "deleted":
            logger.warning("The MLflow experiment '%s' was deleted. It is restored.", experiment)
            mlflow.MlflowClient().restore_experiment(existing.experiment_id)
        return str(existing.experiment_id)
    location = None if path is None else (paths.MLRUNS / "artifacts" / experiment).as_uri()
    # Without this tag, the experiment's page opens as a list of chat traces.
    kind = {EXPERIMENT_KIND: "custom_model_development"}
    try:
        return str(mlflow.create_experiment(experiment, artifact_location=location, tags=kind))
    except mlflow.MlflowException as error:
        created = find_experiment(experiment) if error.error_code == "RESOURCE_ALREADY_EXISTS" else None
        if created is None:
            raise
        return str(created.experiment_id)  # another process created it since the check above


def find_experiment(name: str) -> "Experiment | None":
    """Return the MLflow experiment of this name, even if it was deleted; None if there is none.

    Raises:
        ValueError: the store cannot be opened.
    """
    _require_answer()
    mlflow = connected_mlflow()
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return mlflow.get_experiment_by_name(name)
    except (mlflow.MlflowException, SQLAlchemyError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            without_password(f"The MLflow store {tracking_uri()} cannot be opened: {reason} ")
            + "Move it aside to start a new one, or set MLFLOW_TRACKING_URI to another store."
        ) from error


def connected_mlflow() -> Any:
    """Return the mlflow module, connected to the store, with its telemetry off."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", RETRIES)
    import mlflow

    mlflow.set_tracking_uri(tracking_uri())
    _wait_for_locks()
    return mlflow


def client() -> "MlflowClient":
    """Return an MLflow client for the store."""
    return connected_mlflow().MlflowClient()


def _sqlite_file() -> Path | None:
    """Return the file of an SQLite store; None for a server or another database."""
    return Path(tracking_uri().removeprefix(SQLITE)) if is_sqlite() else None


def _create_store(path: Path) -> None:
    """Create an SQLite store with MLflow's tables unless it exists.

    The file gets its name only when it is complete. Otherwise a process killed while it creates the tables, or
    several that open a new store together, would leave a store that nobody can open.
    """
    from filelock import FileLock

    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        if not path.exists():
            with paths.replacing(path) as partial:
                partial.unlink(missing_ok=True)  # left by a killed process
                connected_mlflow().MlflowClient(f"{SQLITE}{partial}").search_experiments()


def _require_answer() -> None:
    """Check that a tracking server is up; MLflow itself would retry for minutes.

    Raises:
        ValueError: the server does not answer.
    """
    if not tracking_uri().startswith("http"):
        return
    import requests

    try:
        requests.get(f"{tracking_uri().rstrip('/')}/health", timeout=ANSWER_SECONDS)
    except requests.RequestException as error:
        raise ValueError(
            f"The MLflow server {without_password(tracking_uri())} does not answer ({type(error).__name__}). Start it "
            "with `mlflow server`, or set MLFLOW_TRACKING_URI to another store."
        ) from error


@cache
def _wait_for_locks() -> None:
    """Make MLflow wait `LOCK_SECONDS` for a locked SQLite store; its own limits are 5 and 20 seconds."""
    import sqlite3

    from sqlalchemy import Engine, event

    wait = f"PRAGMA busy_timeout = {1000 * LOCK_SECONDS}"

    @event.listens_for(Engine, "connect")
    def set_timeout(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute(wait)

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def keep_timeout(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
        """Replace the timeout that MLflow sets in each session."""
        return (wait if statement.startswith("PRAGMA busy_timeout") else statement), parameters
