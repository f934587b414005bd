"""Promoted models in MLflow's registry: versions of a registered model, with the aliases champion and previous.

    mlflow.set_tracking_uri("sqlite:///mlruns/mlflow.db")
    mlflow.pyfunc.load_model("models:/sentiment@champion").predict(["not bad at all"])

A version holds a bundle and the packages bundle_format, inputs and search, which load it. Nothing is pickled. A tag of
the version states the number of the folder in models/<name>.
"""

import tempfile
import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from textlab import bundle_format, inputs, search
from textlab.bundle_format.signature import format_of, read_signature
from textlab.inputs import kind_of
from textlab.record.store import client, connected_mlflow, store_exists
from textlab.record.tags import NUMBER

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.models import ModelSignature

LOADER, *OTHERS = (Path(package.__path__[0]) for package in (bundle_format, inputs, search))
REQUIREMENTS = ("mlflow", "tensorflow", "tensorflow-cpu", "numpy", "pandas")


def register(name: str, number: int, bundle: Path, run_id: str, experiment_id: str) -> None:
    """Add a bundle to the registered model `name` as its newest version; aliases do not change.

    Args:
        name: the registered model, created if it is new.
        number: the number of the folder in models/<name>.
        bundle: the bundle's folder, which is copied.
        run_id, experiment_id: the MLflow run that the bundle comes from, and its experiment.
    """
    connection, mlflow = client(), connected_mlflow()
    if not connection.search_registered_models(f"name = '{name}'"):
        connection.create_registered_model(name)
    tags = {NUMBER: str(number)}
    model = connection.create_logged_model(experiment_id, name=name, source_run_id=run_id, tags=tags)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*An input example was not provided")  # an example would publish a tweet
        folder = str(Path(scratch) / "model")
        mlflow.pyfunc.save_model(
            folder,
            loader_module=f"{LOADER.name}.mlflow_model",
            data_path=str(bundle),
            code_paths=[str(LOADER), *map(str, OTHERS)],
            signature=_signature(bundle),
            pip_requirements=[f"{library}=={installed}" for library, installed in _versions(bundle).items()],
            mlflow_model=mlflow.models.Model(
                artifact_path=model.artifact_location, run_id=run_id, model_id=model.model_id
            ),
        )
        connection.log_model_artifacts(model.model_id, folder)
    connection.finalize_logged_model(model.model_id, "READY")
    connection.create_model_version(name, model.artifact_location, run_id=run_id, tags=tags, model_id=model.model_id)


def taken_numbers(name: str) -> list[int]:
    """Return the numbers that are in use: MLflow's version numbers, and those of the versions' folders."""
    return [int(number) for each in _versions_of(name) for number in (each.version, each.tags.get(NUMBER, 0))]


def set_aliases(name: str, aliases: Mapping[str, int | None]) -> None:
    """Point each alias at the version with this folder number; remove it if the number is None or has no version.

    Without a store, as on a machine that only serves, this does nothing.
    """
    if not store_exists():
        return
    connection = client()
    by_number = {each.tags.get(NUMBER): each.version for each in _versions_of(name)}
    for alias, number in aliases.items():
        if str(number) in by_number:
            connection.set_registered_model_alias(name, alias, by_number[str(number)])
        elif by_number:
            connection.delete_registered_model_alias(name, alias)


def version_folders(name: str) -> dict[int, Path | None]:
    """Return the folder of each registered version of a model; None for one that is not on this machine."""
    if not store_exists():
        return {}
    folders = {}
    for each in _versions_of(name):
        parts = urlsplit(
            str(client().get_logged_model(each.model_id).artifact_location if each.model_id else each.source)
        )
        local = parts.scheme in ("", "file")
        folders[int(each.version)] = Path(url2pathname(parts.path)) if local else None
    return folders


def _versions_of(name: str) -> "list[ModelVersion]":
    return list(client().search_model_versions(f"name = '{name}'"))


def _signature(bundle: Path) -> "ModelSignature":
    """Return MLflow's signature: a column per input, of the type that its kind states, and those of the answers.

    The column of a single input has no name, so that MLflow also accepts a list of values.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    signature = read_signature(bundle)
    answered, names = format_of(signature.task), signature.input_names
    columns = [ColSpec(kind_of(name).mlflow_type, name if len(names) > 1 else None) for name in names]
    outputs = [ColSpec(kind, name) for kind, name in answered.columns(bundle)]
    params = [ParamSpec(name, "long", default) for name, default in answered.parameters.items()]
    return ModelSignature(Schema(columns), Schema(outputs), ParamSchema(params) if params else None)


def _versions(bundle: Path) -> dict[str, str]:
    """Return the versions of the libraries that a bundle needs; one of the two TensorFlow packages is installed."""
    versions = {}
    signature = read_signature(bundle)
    of_kinds = [library for name in signature.input_names for library in kind_of(name).libraries]
    for library in (*REQUIREMENTS, *format_of(signature.task).libraries, *of_kinds):
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return versions
