"""The features of a picture from a pretrained network as a block."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.features.images import ImageNetwork, load_network, saved_network
from textlab.models.feature_blocks.block import FeatureBlock, is_present
from textlab.models.validation import sample_weights, validation_measures

DAMPED = 0.01  # added below the square root, whose slope at 0 would otherwise enlarge rounding errors
SMALLEST = 1e-3  # of the mean standard deviation; a column that varies less is divided by this


class Pictures(FeatureBlock):
    """The square roots of a network's pooled activations, with mean 0 and variance 1 / columns over training pictures.

    A square root damps the few strong activations of a picture.

    Args:
        network: the name of a pretrained network.

    Attributes:
        network: the network, as pretrained or fine-tuned.
    """

    name, input = "pictures", "image"

    def __init__(self, network: str) -> None:
        self.network: ImageNetwork = load_network(network)

    def fine_tune(
        self, train: pd.DataFrame, validation: pd.DataFrame, class_weight: str, metric: str, seed: int
    ) -> pd.DataFrame:
        """Train the last block of the network to classify pictures; return the history.

        Args:
            train, validation: frames with `id`, `image` and `label`.
            class_weight: "balanced" or "none".
            metric: the validation metric that chooses the epoch.
            seed: the random seed.

        Raises:
            ValueError: no training example, or no validation example, has a picture.
        """
        from textlab.features.images.fine_tuning import fine_tune

        seen = validation[is_present(validation[self.input].tolist())]
        if seen.empty:
            raise ValueError(
                "No validation example has a picture, so no epoch of fine-tuning can be chosen. Train without "
                "fine-tuning, or put pictures into validation."
            )
        labels = train["label"].to_numpy()
        tuned = fine_tune(
            self.network,
            train[self.input].tolist(),
            labels,
            seen[self.input].tolist(),
            lambda probabilities: validation_measures(seen, probabilities, metric),
            f"validation_{metric}",
            sample_weights=sample_weights(labels, class_weight),
            seed=seed,
        )
        self.network = tuned.network
        return pd.DataFrame(tuned.history)

    def fit_transform(self, values: Sequence[str]) -> np.ndarray:
        features = np.sqrt(self.network.features(values) + DAMPED)
        present = is_present(values)
        known = features[present] if present.any() else features
        deviation = known.std(axis=0, dtype=np.float64)
        deviation = np.maximum(deviation, max(SMALLEST * deviation.mean(), np.finfo(np.float32).tiny))
        self.mean = known.mean(axis=0, dtype=np.float64).astype(np.float32)
        self.factor = (1 / (deviation * np.sqrt(self.network.size))).astype(np.float32)
        return self._scaled(features)

    def transform(self, values: Sequence[str]) -> np.ndarray:
        return self._scaled(np.sqrt(self.network.features(values) + DAMPED))

    def _scaled(self, features: np.ndarray) -> np.ndarray:
        rows = features - self.mean
        rows *= self.factor
        return rows

    def save(self, folder: Path) -> None:
        self.network.save(folder)
        np.savez(folder / "scaling.npz", mean=self.mean, factor=self.factor)

    def load(self, folder: Path) -> None:
        self.network = saved_network(self.network.name, folder)
        with np.load(folder / "scaling.npz", allow_pickle=False) as saved:
            self.mean, self.factor = saved["mean"], saved["factor"]

    def in_graph(self, weights: np.ndarray, scratch: Path) -> tuple[Callable[[Any], Any], Any]:
        import tensorflow as tf

        network = self.network.in_graph()
        variables = [tf.Variable(each) for each in (self.mean, self.factor, weights)]

        def product(pictures: Any) -> Any:
            mean, factor, weight = variables
            return tf.matmul((tf.sqrt(network(pictures) + DAMPED) - mean) * factor, weight)

        return product, [network, *variables]
