"""BentoML on a SavedModel: the folder of the bundle is in BUNDLE, the number of workers in WORKERS.

It runs in an environment of its own, with BentoML and TensorFlow.
"""

import json
import os
from pathlib import Path

import bentoml


@bentoml.service(workers=int(os.environ["WORKERS"]), logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Served:
    def __init__(self):
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        self.tensor = tf.constant
        bundle = Path(os.environ["BUNDLE"])
        self.loaded = tf.saved_model.load(str(bundle))
        self.signature = self.loaded.signatures["serving_default"]
        self.labels = json.loads((bundle / "assets.extra" / "labels.json").read_text())

    @bentoml.api(batchable=True, max_batch_size=64)
    def predict(self, texts: list[str]) -> list[dict]:
        rows = self.signature(text=self.tensor(texts))["probabilities"].numpy()
        return [
            {
                "label": self.labels[int(row.argmax())],
                "probabilities": dict(zip(self.labels, row.tolist(), strict=True)),
            }
            for row in rows
        ]
