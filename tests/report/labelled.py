"""A grid of models of several labels in a real store, with predictions made by hand."""

import numpy as np
from mlflow import MlflowClient
from tiny_data import tiny_multilabel_dataset

from textlab import record
from textlab.data.multilabel_dataset import indicator
from textlab.evaluation.multilabel.predictions import predictions_frame
from textlab.evaluation.tasks import task


class LabelStore:
    """A store of the grid "multilabel", to which tests add runs."""

    def __init__(self, folder):
        self.folder, self.experiment_id = folder, record.prepare_store("multilabel")
        self.client, self.dataset = MlflowClient(record.tracking_uri()), tiny_multilabel_dataset(per_split=160)

    def add(self, family, noise, seed=0, latency=1.0):
        """Add a run whose answers are the more often wrong, the higher `noise` is; return all runs so far."""
        parameters = {"seed": seed, "dataset": self.dataset.name}
        run_id = record.open_run(self.experiment_id, f"{family} {seed}", f"10_{family}", f"{family}-{seed}", parameters)
        described = {"model": family, "task": "multilabel", "dataset": self.dataset.name, "seed": seed}
        for tag, value in (described | {"dataset_digest": self.dataset.digest}).items():
            self.client.set_tag(run_id, f"textlab.{tag}", value)
        frames = {split: self._frame(split, noise, seed) for split in ("validation", "test")}
        costs = {"fit_seconds": 2.0, "latency_ms": latency, "bundle_mb": 1.0}
        for metric, value in (task("multilabel").measure(frames) | costs).items():
            self.client.log_metric(run_id, metric, value)
        for split, frame in frames.items():
            path = self.folder / f"predictions_{split}.parquet"
            frame.to_parquet(path, index=False)
            self.client.log_artifact(run_id, str(path))
        record.close_run(run_id, "done", None)
        return record.runs("multilabel")

    def _frame(self, split, noise, seed):
        examples, names = getattr(self.dataset, split), self.dataset.label_names
        drawn = np.random.default_rng([seed, len(split)]).normal(0, noise, (len(examples), len(names)))
        logits = 2.0 * indicator(examples["labels"], len(names)) - 1 + drawn
        return predictions_frame(examples, 1 / (1 + np.exp(-logits)), names)
