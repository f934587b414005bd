"""The files of a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from textlab.record.store import client, connected_mlflow
from textlab.record.tags import REUSED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def artifact(run_id: str, path: str, into: Path | None = None) -> Path:
    """Return a file or folder that a run logged: the original if it is on this machine, else a copy.

    A run that reuses a run of another grid has the files of that run.

    Args:
        run_id: the run.
        path: the file or folder; "" for all of them.
        into: an existing folder for the copy; by default MLflow makes one, which nobody removes.

    Raises:
        FileNotFoundError: the run has no such file, or there is no such run.
    """
    mlflow = connected_mlflow()
    try:
        run = client().get_run(run_id)
        if REUSED in run.data.tags:
            run = client().get_run(run.data.tags[REUSED])
        location = str(run.info.artifact_uri)
        if location.startswith("file:"):  # MLflow would make a copy and never remove it
            local = Path(url2pathname(urlsplit(location).path)) / path
        else:
            local = Path(client().download_artifacts(run.info.run_id, path, str(into) if into else None))
    except (mlflow.MlflowException, OSError) as error:
        raise FileNotFoundError(f"MLflow run {run_id} has no {path}: {error}") from error
    if not local.exists():
        raise FileNotFoundError(f"MLflow run {run_id} has no {path}. Run its notebook again to create it.")
    return local


def predictions_name(split: str) -> str:
    """Return the name of the file that holds the predictions of a split."""
    return f"predictions_{split}.parquet"


def load_predictions(run_id: str, split: str = "test") -> "pd.DataFrame":
    """Return the predictions frame that a run logged for a split.

    Raises:
        FileNotFoundError: the run logged none, or the file is missing.
        ValueError: the file is damaged.
    """
    import pandas as pd

    name = predictions_name(split)
    path = artifact(run_id, name)
    try:
        return pd.read_parquet(path)
    except ValueError as error:  # pyarrow's errors are ValueErrors too
        raise ValueError(f"{name} of run {run_id} is damaged: {error}. Run its notebook again.") from error


def bundle_folder(model: str) -> Path:
    """Return the folder of an exported model.

    Args:
        model: the folder itself, or the id of the MLflow run that logged the model.

    Raises:
        FileNotFoundError: `model` is neither a folder nor a run that logged a model.
    """
    if Path(model).is_dir():
        return Path(model)
    try:
        return artifact(model, "bundle")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"'{model}' is neither the folder of a bundle nor an MLflow run that logged one. Give a folder such as "
            "models/sentiment/3, or the id of a run from MLflow's page."
        ) from error


def log_files(run_id: str, files: Sequence[Path], folder: str | None = None) -> None:
    """Add files, or folders with their contents, to a run; `folder` is the artifact folder, by default the top one."""
    for path in files:
        client().log_artifact(run_id, str(path), folder)


def log_figure(run_id: str, figure: "Figure", name: str) -> None:
    """Add a figure to a run as figures/<name>.png, at 150 dots per inch."""
    settings = {"dpi": 150, "bbox_inches": "tight"}
    client().log_figure(run_id, figure, f"figures/{name}.png", save_kwargs=settings)
