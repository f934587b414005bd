"""A store with finished runs whose model considers only the length of a text."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from indexed import FIELDS, PEOPLE, embed, write_graph
from mlflow import MlflowClient
from tiny_bundle import LABELS, write_tiny_bundle
from typer.testing import CliRunner

from textlab import record
from textlab.__main__ import app
from textlab.bundle_format.manifest import graph_digest, write_manifest
from textlab.bundle_format.retrieval_task import INDEX
from textlab.bundle_format.signature import Signature, Tensor, write_signature
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.export.bundle import Bundle
from textlab.promotion.catalog import Entry, write_entry
from textlab.record import registry
from textlab.search import IndexSettings, build_index, set_encoder


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("lengths") / "bundle")


@pytest.fixture(scope="session")
def store(empty_store, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("mlruns")
        shutil.copy(empty_store, folder / "mlflow.db")
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        record.prepare_store("tiny")
        yield folder


@pytest.fixture(scope="session")
def predictions(bundle):
    rng = np.random.default_rng(0)
    texts = ["x" * length for length in rng.integers(1, 40, 30)]
    examples = pd.DataFrame({"id": [str(row) for row in range(30)], "text": texts, "label": rng.integers(0, 2, 30)})
    frame = predictions_frame(examples, Bundle(bundle).predict_proba(texts), LABELS)
    return {"validation": frame, "test": frame}


@pytest.fixture
def new_run(store, bundle, predictions, tmp_path):
    """`new_run(status, frames, folder)` logs a run and returns its id."""

    def log(status="done", frames=predictions, folder=bundle):
        client = MlflowClient(record.tracking_uri())
        tags = {"textlab.status": status, "textlab.model": "lengths", "textlab.cell": "10_lengths"}
        run_id = client.create_run(record.prepare_store("tiny"), run_name="lengths", tags=tags).info.run_id
        for split, frame in frames.items():
            frame.to_parquet(tmp_path / f"predictions_{split}.parquet", index=False)
            client.log_artifact(run_id, str(tmp_path / f"predictions_{split}.parquet"))
        if folder is not None:
            client.log_artifact(run_id, str(folder))
        client.set_terminated(run_id)
        return run_id

    return log


@pytest.fixture(scope="session")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph") / "model"
    write_graph(folder)
    return folder


@pytest.fixture
def promoted(store, graph, tmp_path):
    """`promoted(name, with_graph)` makes number 1 of a model from a run that logged its bundle."""

    def make(name, with_graph=False):
        client = MlflowClient(record.tracking_uri())
        experiment = record.prepare_store("tiny")
        run_id = client.create_run(experiment, run_name=name, tags={"textlab.status": "done"}).info.run_id
        bundle = tmp_path / f"{name}-run" / "bundle"
        outputs = (Tensor("embedding", "float32", 2),) if with_graph else ()
        if with_graph:
            shutil.copytree(graph, bundle)
        (bundle / "assets.extra").mkdir(parents=True)
        write_signature(bundle, Signature("retrieval", (Tensor("text", "string"),), outputs))
        (bundle / "assets.extra" / "card.json").write_text(json.dumps({"model": "tiny", "run_id": run_id}))
        settings = IndexSettings(2 if with_graph else 0, "float32", terms=not with_graph, fields=FIELDS)
        vectors = embed([person.text for person in PEOPLE]) if with_graph else None
        build_index(bundle / INDEX, PEOPLE, settings, vectors)
        set_encoder(bundle / INDEX, graph_digest(bundle))
        write_manifest(bundle)
        client.log_artifact(run_id, str(bundle))
        client.set_terminated(run_id)
        models = tmp_path / "models"
        shutil.copytree(bundle, models / name / "1")
        shutil.rmtree(bundle.parent)
        registry.register(name, 1, models / name / "1", run_id, experiment)
        write_entry(models, name, Entry(1))
        return models

    return make


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Run a command on the models in tmp_path/models; return its exit code and output."""
    for module in ("promotion", "prediction", "indexing", "forgetting"):
        monkeypatch.setattr(f"textlab.commands.{module}.MODELS", tmp_path / "models")

    def run(*arguments):
        result = CliRunner().invoke(app, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run
