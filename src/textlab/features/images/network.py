"""A pretrained network that turns pictures into features, for training and in the graph of an export."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from textlab import paths
from textlab.features.images.architecture import Architecture, Weights
from textlab.features.images.graph import network_graph
from textlab.features.images.row_cache import RowCache, Rows
from textlab.inputs import kind_of
from textlab.reach import code_digest

FOLDER = paths.ROOT / "data" / "processed" / "picture_features"
CODE = "textlab.features.images.graph"
PICTURES_AT_ONCE = 16  # more are no faster, and their states take memory
INPUT = "image"
TUNED_FILE = "tuned_network.npz"


class ImageNetwork:
    """A pretrained network of pictures, whose last blocks may have been fine-tuned.

    Args:
        name: its name.
        architecture: its blocks.
        weights: the pretrained weights of all blocks.
        tuned: the fine-tuned weights of the last blocks; None if they are as pretrained.
        folder: the cache of features; None means data/processed/picture_features.
    """

    def __init__(
        self,
        name: str,
        architecture: Architecture,
        weights: Weights,
        tuned: Weights | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name, self.architecture, self.weights, self.tuned = name, architecture, weights, tuned
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
        """Return the features of pictures, float32 (n, size).

        The features of a pretrained network, and the states that a tuned one computes them from, are kept on disk by
        the content of the pictures.

        Args:
            values: references to pictures; a blank one has zeros.
            show_progress: whether to show a progress bar if pictures are missing on disk.

        Raises:
            ValueError: the file of a picture is gone or was changed.
        """
        if self.tuned is not None:
            return self._features_of(self.states(values, show_progress))
        return self._cached("features", (self.size,), np.float32, values, show_progress)[:]

    def states(self, values: Sequence[str], show_progress: bool = True) -> Rows:
        """Return the states of pictures after the frozen blocks, float16 (n, height, width, channels).

        They stay on disk, by the content of the pictures, and are read when they are asked for. The arguments and the
        error are those of `features`.
        """
        return self._cached("states", self.architecture.state_shape, np.float16, values, show_progress)

    def in_graph(self) -> Any:
        """Return a `tf.Module` that turns pictures, string (n,), into features, float32 (n, size).

        The strings are PNG or JPEG; an empty one has zeros.
        """
        is_tuned = self.tuned is not None
        return network_graph(self.architecture, self.weights | (self.tuned or {}), rounds_states=is_tuned)

    def with_tuned(self, tuned: Weights) -> "ImageNetwork":
        """Return the network with fine-tuned weights of the last blocks."""
        return ImageNetwork(self.name, self.architecture, self.weights, tuned, self._folder)

    def save(self, folder: Path) -> None:
        """Write the fine-tuned weights, if there are any, into a folder; `saved_network` reads them."""
        if self.tuned is not None:
            np.savez(folder / TUNED_FILE, allow_pickle=False, **self.tuned)

    def _features_of(self, rows: Rows) -> np.ndarray:
        """Return the tuned features of cached states."""
        import tensorflow as tf

        graph = self.in_graph()
        pooled = tf.function(graph.pooled, input_signature=[tf.TensorSpec([None, *rows.stored.shape[1:]])])
        features = np.zeros((len(rows), self.size), np.float32)
        given = np.flatnonzero(rows.numbers >= 0)
        for start in range(0, len(given), PICTURES_AT_ONCE):
            batch = given[start : start + PICTURES_AT_ONCE]
            features[batch] = pooled(rows[batch].astype(np.float32)).numpy()
        return features

    def _cached(
        self, what: str, shape: tuple[int, ...], dtype: Any, values: Sequence[str], show_progress: bool
    ) -> Rows:
        """Return what the pretrained network makes of pictures, from the cache as far as it is there."""
        kind = kind_of(INPUT)

        def make(positions: Sequence[int]) -> Iterator[np.ndarray]:
            import tensorflow as tf

            graph = network_graph(self.architecture, self.weights)
            compute = graph if what == "features" else graph.states
            compute = tf.function(compute, input_signature=[tf.TensorSpec([None], tf.string)])
            return _in_batches([values[position] for position in positions], compute, show_progress)

        cache = RowCache(self._folder / self._key / what, shape, dtype)
        return cache.rows([kind.identity(value) for value in values], make)

    @cached_property
    def _key(self) -> str:
        """The name of the cache: everything that decides what the pretrained network makes of a picture."""
        content = hashlib.sha256(code_digest(CODE).encode())
        for name in sorted(self.weights):
            content.update(name.encode() + self.weights[name].tobytes())
        return f"{self.name}-{content.hexdigest()[:32]}"


def _in_batches(values: Sequence[str], compute: Callable[[Any], Any], show_progress: bool) -> Iterator[np.ndarray]:
    """Yield what `compute` makes of pictures, beside a progress bar; only a batch of pictures is in memory."""
    import tensorflow as tf
    from tqdm.auto import tqdm

    with tqdm(total=len(values), desc="pictures", unit="picture", disable=not show_progress) as bar:
        for start in range(0, len(values), PICTURES_AT_ONCE):
            batch = values[start : start + PICTURES_AT_ONCE]
            yield compute(tf.constant(kind_of(INPUT).encode(batch))).numpy()
            bar.update(len(batch))
