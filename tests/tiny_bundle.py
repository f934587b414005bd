"""A bundle that considers only the length of a text: "short" below 20 characters, "long" above."""

import json
from pathlib import Path

from textlab.bundle_format.manifest import write_manifest

LABELS = ("short", "long")


def write_tiny_bundle(folder: Path) -> Path:
    """Write the bundle and return its folder."""
    import tensorflow as tf

    class Lengths(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def serve(self, text):
            length = tf.cast(tf.strings.length(text), tf.float32)
            return {"probabilities": tf.nn.softmax(tf.stack([20 - length, length - 20], axis=1) / 10)}

    module = Lengths()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    extra = folder / "assets.extra"
    extra.mkdir()
    (extra / "labels.json").write_text(json.dumps(LABELS))
    calibration = {"method": "temperature", "scale": [0.5], "offset": [0.0], "ece_before": 0.1, "ece_after": 0.02}
    card = {"model": "lengths", "calibration": calibration, "measured": {"latency_ms": 0.1}}
    (extra / "card.json").write_text(json.dumps(card))
    (extra / "reference.json").write_text("{}")
    write_manifest(folder)
    return folder
