"""Runs in a real SQLite store, as the runner and `log_experiment` leave them."""

import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from mlflow import MlflowClient
from tiny_data import tiny_dataset

from textlab import record
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.record.notebook_run import log_training_notes, log_training_share


class Store:
    """A store of the grid "grid", to which tests add runs."""

    def __init__(self, folder):
        self.folder, self.experiment_id, self.dataset = folder, record.prepare_store("grid"), tiny_dataset()
        self.client = MlflowClient(record.tracking_uri())

    def add(
        self,
        features,
        score=None,
        digest="d1",
        status="done",
        seed=0,
        latency=1.0,
        texts=None,
        frames=True,
        family="x",
        notes=(),
        share=1.0,
    ):
        """Add a run whose model has the accuracy `score`; return all runs so far.

        `frames` may be False (the run logs no predictions) or "nan"; `texts` changes each text. A run on a `share` of
        the training split has data of its own.
        """
        digest = digest if share == 1 else f"{digest}?training_share={share}&share_seed={seed}"
        parameters = {"features": features, "seed": seed, "dataset": digest}
        name = f"{features} {seed}"
        run_id = record.open_run(self.experiment_id, name, "10_x", f"{features}-{seed}-{digest}", parameters)
        if score is not None:
            log_training_notes(run_id, notes)
            log_training_share(run_id, share)
            described = {"model": family, "dataset": digest, "dataset_digest": digest, "seed": seed}
            for tag, value in described.items():
                self.client.set_tag(run_id, f"textlab.{tag}", value)
            measured = {"fit_seconds": 2.0, "latency_ms": latency, "bundle_mb": 1.0, "training_examples": 1000 * share}
            measured |= {"validation_accuracy": score, "test_accuracy": score}
            for metric, value in measured.items():
                self.client.log_metric(run_id, metric, value)
            if frames:
                self._log_frames(run_id, score, seed, texts, frames == "nan")
        record.close_run(run_id, status, None if status == "done" else "ValueError: no")
        return record.runs("grid")

    def _log_frames(self, run_id, score, seed, texts, is_broken):
        for split in ("validation", "test"):
            examples = getattr(self.dataset, split)
            if texts:
                examples = examples.assign(text=examples["text"].map(texts))
            is_right = np.random.default_rng(seed).permutation(len(examples)) < score * len(examples)
            predicted = np.where(is_right, examples["label"], 1 - examples["label"])
            confidence = np.linspace(0.6, 0.9, len(examples))
            probabilities = np.where(predicted[:, None] == [0, 1], confidence[:, None], 1 - confidence[:, None])
            frame = predictions_frame(examples, probabilities, self.dataset.label_names)
            if is_broken:
                frame.loc[0, "p_negative"] = float("nan")
            path = self.folder / f"predictions_{split}.parquet"
            frame.to_parquet(path, index=False)
            self.client.log_artifact(run_id, str(path))


@contextmanager
def opened(empty_store, folder):
    """Make a store in `folder`, which textlab uses inside the context."""
    shutil.copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield Store(folder)


@pytest.fixture
def store(empty_store, tmp_path):
    with opened(empty_store, tmp_path) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def shared_store(empty_store, tmp_path_factory):
    """One store for all tests of a module."""
    with opened(empty_store, tmp_path_factory.mktemp("shared")) as kept:
        yield kept
