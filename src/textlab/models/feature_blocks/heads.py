"""Linear heads on blocks of features: one for each set of inputs that an example may have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Self

import numpy as np

from textlab.models.feature_blocks.block import FeatureBlock, is_present_in_graph
from textlab.models.linear_head import LinearHead

UNSEEN = -20.0  # logit of a class that no training example with these inputs has


def input_sets(inputs: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the sets of inputs that an example may have, the largest first, without the empty one."""
    return [chosen for size in range(len(inputs), 0, -1) for chosen in combinations(inputs, size)]


def set_numbers(present: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the position in `input_sets` of the set of inputs that each example has; the next one for none at all.

    Args:
        present: for each input which examples have it, bool (n,).
    """
    bits = sum(flags.astype(np.int64) << place for place, flags in enumerate(present.values()))
    return set_of_bits(tuple(present))[bits]


def set_of_bits(inputs: Sequence[str]) -> np.ndarray:
    """Return the position in `input_sets` for each number whose bits say which inputs are present."""
    sets = input_sets(inputs)
    positions = np.full(2 ** len(inputs), len(sets))
    for position, chosen in enumerate(sets):
        positions[sum(1 << inputs.index(name) for name in chosen)] = position
    return positions


@dataclass(frozen=True, eq=False)
class Heads:
    """The logits of an example are those of the head for the inputs that it has.

    Attributes:
        inputs: the columns that are read.
        reads: for each block by name the input that it reads.
        weights: for each block by name, float32 (columns, heads that read it, k).
        bias: float32 (sets + 1, k); the last row is for examples without any input.
    """

    inputs: tuple[str, ...]
    reads: Mapping[str, str]
    weights: Mapping[str, np.ndarray]
    bias: np.ndarray

    @classmethod
    def of(
        cls,
        inputs: Sequence[str],
        blocks: Sequence[FeatureBlock],
        heads: Mapping[tuple[str, ...], Mapping[str, np.ndarray]],
        bias: np.ndarray,
    ) -> Self:
        """Join heads.

        Args:
            inputs: the columns that are read.
            blocks: the blocks of features.
            heads: for each set of inputs, the weights of its blocks by name, float32 (columns, k).
            bias: float32 (sets + 1, k).
        """
        weights = {
            block.name: np.stack([heads[chosen][block.name] for chosen in reading(inputs, block.input)], axis=1)
            for block in blocks
        }
        return cls(tuple(inputs), {block.name: block.input for block in blocks}, weights, bias)

    def logits(self, rows: Mapping[str, Any], present: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the logits, float32 (n, k).

        Args:
            rows: for each block by name the rows (n, columns) of the examples.
            present: for each input which examples have it, bool (n,).
        """
        numbers = set_numbers(present)
        return self.all_logits(rows)[numbers, np.arange(len(numbers))]

    def all_logits(self, rows: Mapping[str, Any]) -> np.ndarray:
        """Return the logits of each head, and of the case without inputs, float32 (sets + 1, n, k).

        Args:
            rows: for each block by name the rows (n, columns) of the examples.
        """
        count = next(iter(rows.values())).shape[0]
        logits = np.repeat(self.bias[:, None], count, axis=1)
        for name, columns in rows.items():
            weights = self.weights[name]
            sums = np.asarray(columns @ weights.reshape(len(weights), -1)).reshape(-1, *weights.shape[1:])
            logits[self._places(self.reads[name])] += sums.transpose(1, 0, 2)
        return logits

    def mixed(self, weights: Sequence[float]) -> Self:
        """Return heads of which the first, for all inputs, is a weighted sum of all.

        Args:
            weights: a weight for each set of inputs.
        """
        factors, bias = np.array(weights, np.float32), self.bias.copy()
        bias[0] = factors @ self.bias[:-1]
        mixed = {name: each.copy() for name, each in self.weights.items()}
        for name, read in self.reads.items():
            mixed[name][:, 0] = np.einsum("chk,h->ck", self.weights[name], factors[self._places(read)])
        return replace(self, weights=mixed, bias=bias)

    def in_graph(self, products: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
        """Return the logits as a tensor, float32 (n, k).

        Args:
            products: for each block by name a function from values to the products with its weights.
            values: for each input, string (n,).
        """
        import tensorflow as tf

        sets, classes = self.bias.shape
        logits = tf.constant(self.bias)[None]
        for name, product in products.items():
            places = self._places(self.reads[name])
            sums = tf.reshape(product(values[self.reads[name]]), [-1, len(places), classes])
            spread = tf.constant(np.eye(sets, dtype=np.float32)[places])
            logits += tf.einsum("nhk,hs->nsk", sums, spread)
        bits = tf.add_n(
            [
                tf.cast(is_present_in_graph(values[name]), tf.int32) * (1 << place)
                for place, name in enumerate(self.inputs)
            ]
        )
        numbers = tf.gather(tf.constant(set_of_bits(self.inputs)), bits)
        return tf.gather(logits + tf.zeros_like(numbers, tf.float32)[:, None, None], numbers, batch_dims=1)

    def _places(self, read: str) -> list[int]:
        sets = input_sets(self.inputs)
        return [sets.index(chosen) for chosen in reading(self.inputs, read)]

    def save(self, folder: Path) -> None:
        """Write heads.npz into a folder."""
        weights = {f"weights_{name}": each for name, each in self.weights.items()}
        np.savez(folder / "heads.npz", allow_pickle=False, bias=self.bias, **weights)

    @classmethod
    def load(cls, folder: Path, inputs: Sequence[str], blocks: Sequence[FeatureBlock]) -> Self:
        """Read what `save` wrote."""
        with np.load(folder / "heads.npz", allow_pickle=False) as saved:
            weights = {block.name: saved[f"weights_{block.name}"] for block in blocks}
            return cls(tuple(inputs), {block.name: block.input for block in blocks}, weights, saved["bias"])


def reading(inputs: Sequence[str], read: str) -> list[tuple[str, ...]]:
    """Return the sets of inputs that contain the input `read`."""
    return [chosen for chosen in input_sets(inputs) if read in chosen]


def spread_over_classes(head: LinearHead, classes: np.ndarray, n_classes: int) -> LinearHead:
    """Return a head for all classes from one that was fitted to examples of some classes, in order."""
    weights = np.zeros((len(head.weights), n_classes), np.float32)
    bias = np.full(n_classes, UNSEEN, np.float32)
    weights[:, classes], bias[classes] = head.weights, head.bias
    return LinearHead(weights, bias)
