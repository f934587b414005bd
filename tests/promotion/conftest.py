"""A store with finished runs whose model considers only the length of a text."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.bundle_format.manifest import write_manifest
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.export.bundle import Bundle

LABELS = ("short", "long")


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    import tensorflow as tf

    class Lengths(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def serve(self, text):
            length = tf.cast(tf.strings.length(text), tf.float32)
            return {"probabilities": tf.nn.softmax(tf.stack([20 - length, length - 20], axis=1) / 10)}

    folder = tmp_path_factory.mktemp("lengths") / "bundle"
    module = Lengths()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    extra = folder / "assets.extra"
    extra.mkdir()
    (extra / "labels.json").write_text(json.dumps(LABELS))
    (extra / "card.json").write_text(json.dumps({"model": "lengths", "measured": {"latency_ms": 0.1}}))
    (extra / "reference.json").write_text("{}")
    write_manifest(folder)
    return folder


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
