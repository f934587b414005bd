"""MLflow's registry: promoted models as versions of a registered model, with the aliases champion and previous.

    mlflow.set_tracking_uri("sqlite:///mlruns/mlflow.db")
    mlflow.pyfunc.load_model("models:/sentiment@champion").predict(["not bad at all"])

A version is a bundle and one Python file that loads it; nothing is pickled. Its tag textlab.number is the number of the
folder in models/<name>.
"""

import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from textlab.tracking import store_exists, tracking_uri

NUMBER = "textlab.number"
NEEDED = ("mlflow", "tensorflow", "tensorflow-cpu", "numpy", "pandas")


def register(
    name: str, number: int, bundle: Path, loader: Path, label_names: Sequence[str], run_id: str, experiment_id: str
) -> None:
    """Make the bundle the newest version of the registered model `name`; aliases stay where they are.

    Args:
        number: of the folder in models/<name>.
        bundle: its folder, which is copied.
        loader: a Python file with `_load_pyfunc(path)`, which is copied too.
        label_names: its classes, in order.
        run_id, experiment_id: of MLflow, where it comes from.
    """
    client, mlflow = _client(), _mlflow()
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    tags = {NUMBER: str(number)}
    model = client.create_logged_model(experiment_id, name=name, source_run_id=run_id, tags=tags)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*An input example was not provided")  # an example would be a tweet
        folder = str(Path(scratch) / "model")
        mlflow.pyfunc.save_model(
            folder,
            loader_module=loader.stem,
            data_path=str(bundle),
            code_paths=[str(loader)],
            signature=_signature(label_names),
            pip_requirements=[f"{library}=={at}" for library, at in _versions().items()],
            mlflow_model=mlflow.models.Model(
                artifact_path=model.artifact_location, run_id=run_id, model_id=model.model_id
            ),
        )
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, "READY")
    client.create_model_version(name, model.artifact_location, run_id=run_id, tags=tags, model_id=model.model_id)


def taken_numbers(name: str) -> list[int]:
    """The numbers that versions of the registered model have, and those that they stand for."""
    return [int(number) for each in _versions_of(name) for number in (each.version, each.tags.get(NUMBER, 0))]


def set_aliases(name: str, aliases: Mapping[str, int | None]) -> None:
    """Let each alias point at the version that stands for a number; at none where that is None or unknown here.

    Where there is no store, as on a machine that only serves, nothing is done.
    """
    if not store_exists():
        return
    client = _client()
    by_number = {each.tags.get(NUMBER): each.version for each in _versions_of(name)}
    for alias, number in aliases.items():
        if str(number) in by_number:
            client.set_registered_model_alias(name, alias, by_number[str(number)])
        elif by_number:
            client.delete_registered_model_alias(name, alias)


def _versions_of(name: str) -> list[Any]:
    return list(_client().search_model_versions(f"name = '{name}'"))


def _signature(label_names: Sequence[str]) -> Any:
    """A column of strings in, the class and a probability for each class out."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    probabilities = [ColSpec("float", f"p_{label}") for label in label_names]
    return ModelSignature(Schema([ColSpec("string")]), Schema([ColSpec("string", "predicted"), *probabilities]))


def _versions() -> dict[str, str]:
    """What the loader needs, as it is installed here; tensorflow is either of two packages."""
    found = {}
    for library in NEEDED:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _client() -> Any:
    return _mlflow().MlflowClient(tracking_uri())


def _mlflow() -> Any:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported
    import mlflow

    return mlflow
