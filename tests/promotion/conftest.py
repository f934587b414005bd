"""A store with finished runs whose model considers only the length of a text."""

import shutil

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from tiny_bundle import LABELS, write_tiny_bundle

from textlab import record
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.export.bundle import Bundle


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
