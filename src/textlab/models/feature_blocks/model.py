"""Blocks of features and linear heads together: what a family on them shares."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.feature_blocks.block import FeatureBlock, is_present
from textlab.models.feature_blocks.fitting import HeadFitting, HeadSettings, read_examples
from textlab.models.feature_blocks.heads import Heads


class BlockModel:
    """A classifier of examples that may lack some of their inputs.

    Args:
        inputs: the columns that are read.
        blocks: blocks of features of these inputs, not fitted yet unless `load` follows.

    Attributes:
        heads: the linear heads; `fit` and `load` set them.
        balance: the length of the last input's rows relative to the others'; `fit` sets it.
    """

    heads: Heads
    balance: float

    def __init__(self, inputs: Sequence[str], blocks: Sequence[FeatureBlock]) -> None:
        self._inputs, self._blocks = tuple(inputs), list(blocks)

    def fit(
        self, train: pd.DataFrame, validation: pd.DataFrame, settings: HeadSettings, n_classes: int, seed: int
    ) -> pd.DataFrame:
        """Learn from `train`, choose on `validation`, and return the history.

        Args:
            train, validation: frames with `id`, the inputs and `label`.
            settings: how the heads are fitted.
            n_classes: k.
            seed: draws the examples that are learnt without an input.
        """
        learnt = {block.name: block.fit_transform(train[block.input].tolist()) for block in self._blocks}
        examples = read_examples(train, self._inputs, learnt)
        chosen_on = read_examples(validation, self._inputs, self._rows(validation))
        fitting = HeadFitting(self._blocks, self._inputs, examples, chosen_on, settings, n_classes, seed)
        self.heads = fitting.fit()
        self.balance = fitting.balance
        return pd.DataFrame(fitting.history).drop_duplicates(ignore_index=True)

    def probabilities(self, examples: pd.DataFrame) -> np.ndarray:
        """Return the probabilities, float32 (n, k), of n examples."""
        from scipy.special import softmax

        present = {name: is_present(examples[name].tolist()) for name in self._inputs}
        return softmax(self.heads.logits(self._rows(examples), present), axis=1)

    def _rows(self, examples: pd.DataFrame) -> dict[str, Any]:
        return {block.name: block.transform(examples[block.input].tolist()) for block in self._blocks}

    def save(self, folder: Path) -> None:
        """Write the heads and a folder for each block into an existing folder."""
        self.heads.save(folder)
        for block in self._blocks:
            (folder / block.name).mkdir()
            block.save(folder / block.name)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self.heads = Heads.load(folder, self._inputs, self._blocks)
        for block in self._blocks:
            block.load(folder / block.name)

    def export(self, folder: Path, answer: Callable[[Any], dict[str, Any]]) -> None:
        """Write a SavedModel from the inputs to what `answer` returns for probabilities, float32 (n, k)."""
        import tensorflow as tf

        module, products = tf.Module(), {}
        module.tracked = []
        with tempfile.TemporaryDirectory() as scratch:
            for block in self._blocks:
                weights = self.heads.weights[block.name]
                product, tracked = block.in_graph(weights.reshape(len(weights), -1), Path(scratch))
                products[block.name] = product
                module.tracked.append(tracked)

            @tf.function(
                input_signature=[tf.TensorSpec([None], tf.string, name=name) for name in self._inputs], autograph=False
            )
            def serve(*values: Any) -> dict[str, Any]:
                given = dict(zip(self._inputs, values, strict=True))
                return answer(tf.nn.softmax(self.heads.in_graph(products, given)))

            tf.saved_model.save(module, str(folder), signatures=serve)
