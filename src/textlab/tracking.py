"""The record: what a finished experiment leaves in MLflow. The only module that talks to MLflow in notebooks."""

import hashlib
import json
import logging
import os
import platform
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pandas as pd

from textlab.data.dataset import Dataset
from textlab.evaluation.classification.metrics import classification_metrics
from textlab.evaluation.classification.predictions import most_confident_mistakes
from textlab.export.bundle import write_bundle
from textlab.export.trial import peak_memory_mb
from textlab.models.contract import Classifier
from textlab.paths import MLRUNS

logger = logging.getLogger(__name__)

LOCK_SECONDS = 120  # how long a locked SQLite store is waited for
ANSWER_SECONDS = 10  # how long a server may take to say that it is there
BY_HAND = "by-hand"  # the MLflow experiment of notebooks run in JupyterLab
GRID = "grid"  # the kind of run that is no cell of a grid but the whole
PARENT = "mlflow.parentRunId"  # the tag by which MLflow nests runs
LOCAL_PAGE = "http://127.0.0.1:5000"  # where `make ui` shows a store that is a file or a database
LIBRARIES = (
    *("textlab", "numpy", "pandas", "scikit-learn", "tensorflow", "tensorflow-cpu", "keras", "torch"),
    *("transformers", "gensim", "mlflow"),
)


def tracking_uri() -> str:
    """The store: MLFLOW_TRACKING_URI where it is set, else SQLite at mlruns/mlflow.db."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{MLRUNS / 'mlflow.db'}"


def prepare_store(experiment: str) -> str:
    """Create the store and the experiment where they are missing; return the experiment's id.

    Called once, before any notebook starts.
    """
    is_local = tracking_uri().startswith("sqlite")
    if is_local:
        _create_store(Path(tracking_uri().removeprefix("sqlite:///")))
    mlflow = _mlflow()
    found = _experiment(experiment)
    if found is not None:
        if found.lifecycle_stage == "deleted":
            logger.warning("The MLflow experiment '%s' had been deleted; it is restored.", experiment)
            mlflow.MlflowClient().restore_experiment(found.experiment_id)
        return str(found.experiment_id)
    location = (MLRUNS / "artifacts" / experiment).as_uri() if is_local else None
    # Else the page of the experiment shows chat traces.
    kind = {"mlflow.experimentKind": "custom_model_development"}
    return str(mlflow.create_experiment(experiment, artifact_location=location, tags=kind))


def _create_store(path: Path) -> None:
    """Make a SQLite store with MLflow's tables where there is none.

    It has its name only when it is whole: a process that is killed while the tables are made, or several that open a
    fresh store together, leave one that nobody can open.
    """
    from filelock import FileLock

    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        if not path.exists():
            partial = path.with_name(f".{path.name}.partial")
            partial.unlink(missing_ok=True)
            _mlflow().MlflowClient(f"sqlite:///{partial}").search_experiments()
            partial.replace(path)


def _experiment(name: str) -> Any:
    """The MLflow experiment, also a deleted one; None where there is none.

    Raises:
        ValueError: the store cannot be opened.
    """
    _require_answer()
    mlflow = _mlflow()
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return mlflow.get_experiment_by_name(name)
    except (mlflow.MlflowException, SQLAlchemyError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"The MLflow store {tracking_uri()} cannot be opened: {reason} "
            "Move it aside to begin a new one, or name another in MLFLOW_TRACKING_URI."
        ) from error


def _require_answer() -> None:
    """Where the store is a server, make sure that it is there: MLflow would try for minutes.

    Raises:
        ValueError: it does not answer.
    """
    if not tracking_uri().startswith("http"):
        return
    import requests

    try:
        requests.get(f"{tracking_uri().rstrip('/')}/health", timeout=ANSWER_SECONDS)
    except requests.RequestException as error:
        raise ValueError(
            f"The MLflow server {tracking_uri()} does not answer ({type(error).__name__}). Start it (`mlflow server`), "
            "or name another store in MLFLOW_TRACKING_URI."
        ) from error


def log_experiment(
    model: Classifier,
    dataset: Dataset,
    predictions: Mapping[str, pd.DataFrame],
    history: pd.DataFrame,
    seed: int,
    name: str | None = None,
    step_history: pd.DataFrame | None = None,
) -> str:
    """Export the model and log everything about it as one MLflow run.

    Within a grid the run is the one that the runner opened (MLFLOW_RUN_ID); by hand a new one.

    Args:
        model: fitted.
        dataset: what it was fitted on.
        predictions: "validation" and "test" frames as `predictions_frame` makes them.
        history: what `fit` returned.
        seed: what `fit` was given.
        name: the run's name by hand; default the family.
        step_history: a row a step of training, where the family tells it: the column step, then measures.

    Returns:
        The MLflow run's id.

    Raises:
        ValueError: the exported model does not give the trained model's probabilities.
    """
    mlflow = _mlflow()
    family = model.family
    by_hand = "MLFLOW_RUN_ID" not in os.environ  # else the runner has opened and named the run
    if by_hand:
        mlflow.set_experiment(experiment_id=prepare_store(BY_HAND))
    metrics = {
        f"{split}_{metric}": value
        for split, frame in predictions.items()
        for metric, value in classification_metrics(frame).items()
    }
    described = {
        "model": family,
        "dataset": dataset.name,
        "dataset_version": dataset.version,
        "dataset_digest": dataset.digest,
        "seed": seed,
    }
    with (
        mlflow.start_run(run_name=(name or family) if by_hand else None) as run,
        tempfile.TemporaryDirectory() as scratch,
    ):
        run_id: str = run.info.run_id
        card = described | {"run_id": run_id, "parameters": model.parameters, "metrics": metrics}
        card |= {"label_names": list(dataset.label_names), "libraries": library_versions()}
        facts = write_bundle(model, dataset, Path(scratch) / "bundle", card)
        measured = metrics | {"fit_seconds": model.fit_seconds, "peak_memory_mb": peak_memory_mb()} | asdict(facts)
        mlflow.set_tags({f"textlab.{key}": value for key, value in (described | {"machine": machine()}).items()})
        if by_hand:
            given = {"dataset": dataset.name, "seed": seed} | model.parameters
            mlflow.set_tags(_cell_tags(family, f"{family}-{_digest(given)}", given) | {"textlab.status": "done"})
        mlflow.log_params(described | model.parameters)
        shown = mlflow.data.from_pandas(
            dataset.labelled(dataset.train)[["label"]], name=dataset.name, digest=dataset.digest[:36]
        )
        _log_input(shown)
        mlflow.log_metrics({metric: value for metric, value in measured.items() if value == value})  # no NaN
        _log_curves(run_id, "history", history, range(len(history)))
        if step_history is not None:
            _log_curves(run_id, "steps", step_history.drop(columns="step"), step_history["step"])
        _log_files(predictions, history, family.replace("_", " "), Path(scratch))
        mlflow.log_artifact(str(Path(scratch) / "bundle"))
        mlflow.log_dict(card["libraries"], "libraries.json")
    logger.info("Logged %s on %s as MLflow run %s", family, dataset.name, run_id)
    return run_id


def _log_input(dataset: Any) -> None:
    """Say what the run was trained on.

    MLflow looks whether it knows the dataset and then adds it, so of two runs that say it at once one fails. It is
    tried again, and then the dataset is known.
    """
    mlflow = _mlflow()
    for attempts_left in (2, 1, 0):
        try:
            mlflow.log_input(dataset, context="training")
            return
        except mlflow.MlflowException:
            if not attempts_left:
                raise
            time.sleep(0.1)


def machine() -> str:
    """The machine in a line: system, processor, cores and memory."""
    import psutil

    cores, memory = os.cpu_count() or 1, psutil.virtual_memory().total / 1e9
    return f"{platform.system()}, {_processor()}, {cores} core{'s' * (cores > 1)}, {memory:.0f} GB of memory"


def _processor() -> str:
    """Its name where the system tells it, else its kind, such as x86_64."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def client() -> Any:
    """An MLflow client of the store."""
    return _mlflow().MlflowClient()


def _mlflow() -> Any:
    """MLflow, pointed at the store; it sends nothing about its use."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported
    import mlflow

    mlflow.set_tracking_uri(tracking_uri())
    _wait_for_locks()
    return mlflow


@cache
def _wait_for_locks() -> None:
    """Let MLflow wait `LOCK_SECONDS` for a SQLite store that is locked; by itself it waits for 5, then 20."""
    import sqlite3

    from sqlalchemy import Engine, event

    wait = f"PRAGMA busy_timeout = {1000 * LOCK_SECONDS}"

    @event.listens_for(Engine, "connect")
    def at_first(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute(wait)

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def in_each_session(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
        return (wait if statement.startswith("PRAGMA busy_timeout") else statement), parameters


def _cell_tags(notebook: str, cell: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    """What the report recognises a run by."""
    stated = json.dumps(dict(parameters), default=str)
    return {"textlab.notebook": notebook, "textlab.cell": cell, "textlab.parameters": stated}


def _digest(parameters: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(dict(parameters), sort_keys=True, default=str).encode()).hexdigest()[:10]


def open_run(
    experiment_id: str,
    name: str,
    notebook: str,
    cell: str,
    parameters: Mapping[str, Any],
    parent: str | None = None,
    **tags: str,
) -> str:
    """Open the MLflow run of one cell of a grid, before its notebook starts; return its id.

    Args:
        experiment_id: from `prepare_store`.
        name: for people.
        notebook: the template's name.
        cell: what the cell is recognised by: `newest_runs` finds it again.
        parameters: what the notebook is given.
        parent: the MLflow run of the search that it is a trial of.
        tags: more to know it by, without the prefix "textlab.".
    """
    given = _cell_tags(notebook, cell, parameters) | {f"textlab.{tag}": value for tag, value in tags.items()}
    given |= {"textlab.status": "running", "mlflow.source.name": f"notebooks/{notebook}.ipynb"}
    above = parent or _grid_run_id(experiment_id)
    given |= {PARENT: above} if above else {}
    return str(client().create_run(experiment_id, run_name=name, tags=given).info.run_id)


@contextmanager
def grid_run(experiment: str, **tags: str) -> Iterator[str]:
    """The one run that all runs of a grid lie below in MLflow, created where there is none; gives its id.

    It is running as long as the context lasts; report, slides and tables are logged to it.

    Args:
        experiment: the grid's name.
        tags: what the grid is about, without the prefix "textlab."; they replace what was said before.
    """
    experiment_id = prepare_store(experiment)
    run_id = _grid_run_id(experiment_id)
    if run_id is None:
        created = client().create_run(experiment_id, run_name=f"grid {experiment}", tags={"textlab.kind": GRID})
        run_id = str(created.info.run_id)
    for name, value in tags.items():
        client().set_tag(run_id, f"textlab.{name}", value)
    client().update_run(run_id, status="RUNNING")
    try:
        yield run_id
    except BaseException:
        client().set_terminated(run_id, "KILLED")
        raise
    client().set_terminated(run_id, "FINISHED")


def _grid_run_id(experiment_id: str) -> str | None:
    """The oldest, so that two runners that each made one agree from then on; None where there is none."""
    found = client().search_runs(
        [experiment_id], f"tags.`textlab.kind` = '{GRID}'", order_by=["attributes.start_time ASC"], max_results=1
    )
    return str(found[0].info.run_id) if found else None


def log_metrics(run_id: str, values: Mapping[str, float]) -> None:
    """Add metrics to a run, in one request; what is NaN is left out."""
    _mlflow().log_metrics({metric: value for metric, value in values.items() if value == value}, run_id=run_id)


def run_page(run: Any) -> str:
    """The address of an MLflow run's page: on the tracking server, or where `make ui` shows a local store."""
    uri = tracking_uri()
    server = uri.rstrip("/") if uri.startswith(("http://", "https://")) else LOCAL_PAGE
    return f"{server}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"


def open_search(experiment_id: str, name: str, study: str) -> str:
    """The MLflow run that stands above the trials of a search; the same for the same study.

    No notebook runs in it, so it is never RUNNING: SCHEDULED until `close_search`.
    """
    client = _mlflow().MlflowClient()
    found = client.search_runs([experiment_id], filter_string=f"tags.`textlab.search` = '{study}'", max_results=1)
    if found:
        return str(found[0].info.run_id)
    above = _grid_run_id(experiment_id)
    tags = {"textlab.search": study} | ({PARENT: above} if above else {})
    run_id = str(client.create_run(experiment_id, run_name=name, tags=tags).info.run_id)
    client.update_run(run_id, status="SCHEDULED")
    return run_id


def close_search(run_id: str, best: str, metrics: Mapping[str, float]) -> None:
    """Every trial of a search has ended.

    Args:
        best: the name of the best trial.
        metrics: of it.
    """
    client = _mlflow().MlflowClient()
    for metric, value in metrics.items():
        client.log_metric(run_id, metric, value)
    client.set_tag(run_id, "textlab.best", best)
    client.set_terminated(run_id, "FINISHED")


def close_run(run_id: str, status: str, error: str | None, files: Sequence[Path], **tags: str) -> None:
    """Close a run with the runner's verdict and add the executed notebook and its page.

    Args:
        status: "done", "failed", "timed out", "died", "interrupted" or "blocked".
        error: one line, where it is not done.
        files: become artifacts in the folder notebook/.
        tags: more to know it by, without the prefix "textlab.".
    """
    client = _mlflow().MlflowClient()
    for path in files:
        client.log_artifact(run_id, str(path), "notebook")
    for tag, value in tags.items():
        client.set_tag(run_id, f"textlab.{tag}", value)
    client.set_tag(run_id, "textlab.status", status)
    if error:
        client.set_tag(run_id, "textlab.error", error[:5000])
    client.set_terminated(run_id, {"done": "FINISHED", "interrupted": "KILLED"}.get(status, "FAILED"))


def experiment_runs(experiment: str, **tags: str) -> list[Any]:
    """Every MLflow run of a cell of a grid, newest first.

    Args:
        experiment: the grid's name.
        tags: what the runs are to be tagged with, without the prefix "textlab."; none for all.

    Raises:
        ValueError: the experiment is not in the store; the message names those that are.
    """
    client = _mlflow().MlflowClient()
    found = client.get_experiment_by_name(experiment)
    if found is None:
        known = sorted(other.name for other in client.search_experiments() if other.name != "Default")
        raise ValueError(f"MLflow has no experiment '{experiment}'. Available: {', '.join(known) or 'none'}.")
    wanted = [f"tags.`textlab.{tag}` = '{value}'" for tag, value in tags.items()]
    runs: list[Any] = []
    token = None
    while True:
        page = client.search_runs(
            [found.experiment_id],
            filter_string=" and ".join(wanted),
            order_by=["attributes.start_time DESC"],
            page_token=token,
            max_results=1000,
        )
        runs += [run for run in page if "textlab.cell" in run.data.tags]
        token = page.token
        if not token:
            return runs


def recorded_runs(experiment: str) -> list[Any]:
    """What `experiment_runs` gives; none where there is no store or no such experiment yet. Nothing is created."""
    return experiment_runs(experiment) if store_exists() and _experiment(experiment) is not None else []


def store_exists() -> bool:
    """Whether there is a store; asked first, MLflow does not create one."""
    return not tracking_uri().startswith("sqlite") or Path(tracking_uri().removeprefix("sqlite:///")).exists()


def newest_runs(
    experiment: str, cells: Sequence[str] | None = None, chosen: Mapping[str, str | None] | None = None
) -> list[Any]:
    """The newest MLflow run of each cell of a grid, or the one that is chosen.

    Args:
        experiment: the grid's name.
        cells: the cells' keys, which is also the order of the answer; None for all there are, newest first.
        chosen: run ids by the cell's key, where another than the newest counts: what was done before and is again what
            the grid says.

    Raises:
        ValueError: the experiment is not in the store.
    """
    newest: dict[str, Any] = {}
    chosen = chosen or {}
    for run in experiment_runs(experiment):
        cell = run.data.tags["textlab.cell"]
        if cell not in newest or chosen.get(cell) == run.info.run_id:
            newest[cell] = run
    if cells is None:
        return list(newest.values())
    return [newest[cell] for cell in cells if cell in newest]


def get_runs(run_ids: Sequence[str]) -> list[Any]:
    """The MLflow runs with these ids, in this order."""
    client = _mlflow().MlflowClient()
    return [client.get_run(run_id) for run_id in run_ids]


def finished_run(run_id: str) -> Any:
    """The MLflow run with this id, which has been done and has logged a model.

    Raises:
        ValueError: the store cannot be opened, there is no such run, or it is not done.
    """
    unknown = (
        f"MLflow has no run '{run_id}'. The ids of runs stand in reports/<grid>/leaderboard.csv and on MLflow's page "
        "(make ui)."
    )
    if not store_exists():
        raise ValueError(unknown)
    _experiment(BY_HAND)  # says so where the store cannot be opened
    mlflow = _mlflow()
    try:
        run = mlflow.MlflowClient().get_run(run_id)
    except mlflow.MlflowException as error:
        raise ValueError(unknown) from error
    if run.info.lifecycle_stage == "deleted":
        raise ValueError(unknown)
    status = run.data.tags.get("textlab.status", run.info.status.lower())
    if status != "done":
        raise ValueError(f"Run {run_id} is not finished but '{status}'. Run its grid again, or name another run.")
    if "textlab.model" not in run.data.tags:
        raise ValueError(f"Run {run_id} has logged no model. Name one whose notebook calls log_experiment.")
    return run


def experiment_name(run: Any) -> str:
    """The name of the MLflow experiment that a run belongs to."""
    return str(_mlflow().MlflowClient().get_experiment(run.info.experiment_id).name)


def run_metric(run_id: str, metric: str) -> float | None:
    """A metric of a run; None where it has logged none of that name."""
    value = get_runs([run_id])[0].data.metrics.get(metric)
    return None if value is None else float(value)


def load_predictions(run_id: str, split: str = "test") -> pd.DataFrame:
    """The predictions frame that a run logged for `split`.

    Raises:
        FileNotFoundError: it has logged none, or the file is gone. ValueError: the file is damaged.
    """
    name = f"predictions_{split}.parquet"
    path = artifact(run_id, name)
    try:
        return pd.read_parquet(path)
    except ValueError as error:  # pyarrow's own errors are ValueErrors
        raise ValueError(f"{name} of run {run_id} is damaged: {error}. Run it again.") from error


def artifact(run_id: str, path: str) -> Path:
    """A file or folder that a run logged: itself where the store is on this machine, else a copy.

    Raises:
        FileNotFoundError: the run has no such file, or there is no such run.
    """
    mlflow = _mlflow()
    try:
        kept = str(client().get_run(run_id).info.artifact_uri)
        if kept.startswith("file:"):  # MLflow itself would copy it, and leave the copy behind
            found = Path(url2pathname(urlsplit(kept).path)) / path
        else:
            found = Path(client().download_artifacts(run_id, path))
    except (mlflow.MlflowException, OSError) as error:
        raise FileNotFoundError(f"MLflow run {run_id} has no {path}: {error}") from error
    if not found.exists():
        raise FileNotFoundError(f"MLflow run {run_id} has no {path}. Run its notebook again to make it.")
    return found


def bundle_folder(model: str) -> Path:
    """The folder of a bundle: of an MLflow run, by its id, or the one that is named.

    Raises:
        FileNotFoundError: it is neither a folder nor a run that logged a bundle.
    """
    if Path(model).is_dir():
        return Path(model)
    try:
        return artifact(model, "bundle")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"'{model}' is neither the folder of a bundle nor an MLflow run that logged one. Expected such as "
            "models/sentiment/3, or a run's id from the page of MLflow."
        ) from error


def library_versions() -> dict[str, str]:
    """The versions of Python and of the libraries that can change a number."""
    versions = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue  # tensorflow is installed as either of two packages
    return versions


def _log_curves(run_id: str, kind: str, table: pd.DataFrame, steps: Iterable[int]) -> None:
    """Every numeric column of the table as a curve <kind>/<column> over `steps`, one for each row."""
    from mlflow.entities import Metric

    now = int(pd.Timestamp.now().timestamp() * 1000)
    steps = [int(step) for step in steps]
    curves = [
        Metric(f"{kind}/{column}", float(value), now, step)
        for column in table.select_dtypes("number")
        for step, value in zip(steps, table[column], strict=True)
        if value == value
    ]
    for start in range(0, len(curves), 1000):  # MLflow's limit for one request
        _mlflow().MlflowClient().log_batch(run_id, metrics=curves[start : start + 1000])


def _log_files(predictions: Mapping[str, pd.DataFrame], history: pd.DataFrame, name: str, scratch: Path) -> None:
    mlflow = _mlflow()
    for split, frame in predictions.items():
        path = scratch / f"predictions_{split}.parquet"
        frame.to_parquet(path, index=False)
        mlflow.log_artifact(str(path))
    tables = {"mistakes_test": most_confident_mistakes(predictions["test"], 50), "history": history}
    for table_name, table in tables.items():
        table.to_csv(scratch / f"{table_name}.csv", index=False)
        mlflow.log_artifact(str(scratch / f"{table_name}.csv"))
    for figure_name, figure in _figures({name: predictions["test"]}, history).items():
        mlflow.log_figure(figure, f"figures/{figure_name}.png", save_kwargs={"dpi": 150, "bbox_inches": "tight"})


def _figures(test: Mapping[str, pd.DataFrame], history: pd.DataFrame) -> dict[str, Any]:
    from textlab.evaluation import figures

    drawn = {
        "roc": figures.roc_figure(test),
        "precision_recall": figures.precision_recall_figure(test),
        "confusion": figures.confusion_figure(test),
        "reliability": figures.reliability_figure(test),
    }
    if len(history) > 1 and figures.drawable(history):
        drawn["learning_curve"] = figures.learning_curve_figure(history)
    return drawn
