"""A pretrained network that turns pictures into features, for training and in the graph of an export."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textlab import paths
from textlab.features.images.architecture import Architecture, Weights
from textlab.features.images.graph import network_graph
from textlab.features.images.row_cache import RowCache
from textlab.inputs import kind_of
from textlab.reach import code_digest

FOLDER = paths.ROOT / "data" / "processed" / "picture_features"
CODE = "textlab.features.images.graph"
PICTURES_AT_ONCE = 16  # more are no faster, and their states take memory
INPUT = "image"


class ImageNetwork:
    """A pretrained network of pictures.

    Args:
        name: its name.
        architecture: its blocks.
        weights: the weights of all blocks.
        folder: the cache of features; None means data/processed/picture_features.
    """

    def __init__(self, name: str, architecture: Architecture, weights: Weights, folder: Path | None = None) -> None:
        self.name, self.architecture, self.weights = name, architecture, weights
        self._folder = FOLDER if folder is None else folder

    @property
    def size(self) -> int:
        """The number of features of a picture."""
        return self.architecture.size

    @property
    def resolution(self) -> int:
        """The side, in pixels, of the square to which pictures are resized."""
        return self.architecture.resolution

    def features(self, values: Sequence[str], show_progress: bool = True) -> np.ndarray:
        """Return the features of pictures, float32 (n, size). They are kept on disk, by the content of the pictures.

        Args:
            values: references to pictures; a blank one has zeros.
            show_progress: whether to show a progress bar if features are missing on disk.

        Raises:
            ValueError: the file of a picture is gone or was changed.
        """
        kind = kind_of(INPUT)
        cache = RowCache(self._folder / self._key(), (self.size,))
        digests = [kind.identity(value) for value in values]
        return cache.rows(digests, lambda missing: self._computed(values, missing, show_progress))[:]

    def in_graph(self) -> Any:
        """Return a `tf.Module` that turns pictures, string (n,), into features, float32 (n, size).

        The strings are PNG or JPEG; an empty one has zeros.
        """
        return network_graph(self.architecture, self.weights)

    def _computed(self, values: Sequence[str], positions: Sequence[int], show_progress: bool) -> Iterator[np.ndarray]:
        """Yield the features of the pictures at `positions`, in batches."""
        import tensorflow as tf
        from tqdm.auto import tqdm

        graph = self.in_graph()
        compute = tf.function(graph, input_signature=[tf.TensorSpec([None], tf.string)])
        with tqdm(total=len(positions), desc="picture features", unit="picture", disable=not show_progress) as bar:
            for start in range(0, len(positions), PICTURES_AT_ONCE):
                batch = [values[position] for position in positions[start : start + PICTURES_AT_ONCE]]
                yield compute(tf.constant(kind_of(INPUT).encode(batch))).numpy()
                bar.update(len(batch))

    def _key(self) -> str:
        """Return the name of the cache: everything that decides the features of a picture."""
        content = hashlib.sha256(code_digest(CODE).encode())
        for name in sorted(self.weights):
            content.update(name.encode() + self.weights[name].tobytes())
        return f"{self.name}-{content.hexdigest()[:32]}"
