"""The vector of a text from a pretrained encoder as a block of features."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textlab.models.exported_encoder import ExportedEncoder
from textlab.models.feature_blocks.block import FeatureBlock
from textlab.models.transformer.checkpoint import open_checkpoint, save_checkpoint
from textlab.models.transformer.export import export_in_a_process
from textlab.models.transformer.pooling import checkpoint_pooling

LONGEST = 128  # word pieces read of a text


class Sentences(FeatureBlock):
    """Unit vectors of an encoder as it is. Training computes them with the graph that is exported.

    Args:
        checkpoint: the weights: minilm, a local folder, a name on the hub, or tiny for tests.
    """

    name, input = "sentences", "text"

    encoder: ExportedEncoder

    def __init__(self, checkpoint: str = "minilm") -> None:
        self._checkpoint = checkpoint

    def fit_transform(self, values: Sequence[str]) -> np.ndarray:
        from transformers import AutoModel

        checkpoint = open_checkpoint(self._checkpoint, values)
        model = checkpoint.load(AutoModel)
        length = min(LONGEST, checkpoint.encoder.longest)
        options = ["--maximum-length", str(length), "--pooling", checkpoint_pooling(checkpoint.folder)]

        def save(folder: Path) -> None:
            save_checkpoint(model, checkpoint.tokenizer, folder)

        def write(folder: Path) -> None:
            export_in_a_process("textlab.models.sentence_encoder.graph", save, folder, *options)

        self.encoder = ExportedEncoder(write, checkpoint.encoder.width)
        return self.transform(values)

    def transform(self, values: Sequence[str]) -> np.ndarray:
        return self.encoder.encode(values)

    def save(self, folder: Path) -> None:
        np.save(folder / "dimension.npy", self.encoder.dimension, allow_pickle=False)
        self.encoder.copy_to(folder / "encoder")

    def load(self, folder: Path) -> None:
        dimension = int(np.load(folder / "dimension.npy", allow_pickle=False))
        self.encoder = ExportedEncoder.of_folder(folder / "encoder", dimension)

    def in_graph(self, weights: np.ndarray, scratch: Path) -> tuple[Callable[[Any], Any], Any]:
        import tensorflow as tf

        encode, tracked = self.encoder.in_graph()
        variable = tf.Variable(weights)
        return lambda texts: tf.matmul(encode(text=texts), variable), [tracked, variable]
