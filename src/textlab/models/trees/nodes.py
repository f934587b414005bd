"""Decision trees as arrays of nodes, and their evaluation in Python."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

READ = ("roots", "feature", "threshold", "right", "classes", "values")  # the arrays that an answer needs


@dataclass(frozen=True)
class Tree:
    """One tree of any library.

    Attributes:
        left, right: int (nodes,), the node for values up to the threshold and for values above it; -1 in a leaf.
        feature: int (nodes,), the column that is compared.
        threshold: float64 (nodes,).
        classes: int (nodes, m), the classes that a leaf adds to.
        values: float (nodes, m), what a leaf adds to them.
        cover: int (nodes,), the training examples in each leaf; None if they are not known.
    """

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    classes: np.ndarray
    values: np.ndarray
    cover: np.ndarray | None = None


@dataclass
class Nodes:
    """The nodes of all trees, tree after tree and each in preorder: a node's left child is the next node.

    Attributes:
        roots: int32 (trees,), the first node of each tree.
        feature: int32 (nodes,), the column that a node compares; 0 in a leaf.
        threshold: float32 (nodes,); a value above it goes right. In a leaf it is minus infinity.
        right: int32 (nodes,), the right child; -1 - row in a leaf, where `row` counts the rows of `values`.
        classes: int32 (rows, m), the classes that a leaf adds to.
        values: float32 (rows, m), what it adds to them. Equal leaves share a row.
        cover: int32 (leaves,), the training examples in each leaf, in the order of the leaves; empty if they are not
            known, as for models of earlier versions.
    """

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    right: np.ndarray
    classes: np.ndarray
    values: np.ndarray
    cover: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))

    @classmethod
    def of(cls, trees: Sequence[Tree]) -> "Nodes":
        """Join trees."""
        parts = [_preordered(tree) for tree in trees]
        sizes = [len(part.left) for part in parts]
        offsets = np.cumsum([0, *sizes])[:-1]
        leaf = np.concatenate([part.right < 0 for part in parts])
        leaves = np.concatenate([np.hstack([part.classes, part.values])[part.right < 0] for part in parts])
        leaves = leaves.astype(np.float32)  # it holds the numbers of classes exactly
        rows, row = np.unique(leaves, axis=0, return_inverse=True)
        right = np.concatenate([part.right + offset for part, offset in zip(parts, offsets, strict=True)])
        right[leaf] = -1 - row.ravel()
        width = rows.shape[1] // 2
        return cls(
            roots=offsets.astype(np.int32),
            feature=np.where(leaf, 0, np.concatenate([part.feature for part in parts])).astype(np.int32),
            threshold=np.where(leaf, -np.inf, rounded_down(np.concatenate([part.threshold for part in parts]))),
            right=right.astype(np.int32),
            classes=rows[:, :width].astype(np.int32),
            values=rows[:, width:],
            cover=np.concatenate(
                [np.zeros(0, np.int32) if part.cover is None else part.cover[part.right < 0] for part in parts]
            ).astype(np.int32),
        )

    @property
    def is_leaf(self) -> np.ndarray:
        """Return bool (nodes,)."""
        return self.right < 0

    def used_columns(self) -> np.ndarray:
        """Return the columns that the trees compare, sorted; the first column if they compare none."""
        used = np.unique(self.feature[~self.is_leaf])
        return used if len(used) else np.zeros(1, np.int32)

    def renumber(self, used: np.ndarray) -> None:
        """Let the nodes count among the columns `used`, sorted."""
        self.feature = np.where(self.is_leaf, 0, np.searchsorted(used, self.feature)).astype(np.int32)

    def sums(self, columns: Any, n_classes: int) -> np.ndarray:
        """Add what the leaves of all trees say.

        Args:
            columns: float32 (n, columns), sparse or dense.
            n_classes: k.

        Returns:
            float64 (n, k).
        """
        result = np.zeros((columns.shape[0], n_classes))
        chunk = max(1, 50_000_000 // max(columns.shape[1], 1))  # 200 MB of dense features at a time
        for start in range(0, len(result), chunk):
            part = columns[start : start + chunk]
            dense = np.ascontiguousarray(part.toarray() if hasattr(part, "toarray") else part, dtype=np.float32)
            _compiled()(
                dense,
                *(getattr(self, name) for name in READ),
                result[start : start + chunk],
            )
        return result

    def save(self, path: Path) -> None:
        """Write the arrays as a .npz file."""
        np.savez_compressed(path, **{each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def load(cls, path: Path) -> "Nodes":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{each.name: stored[each.name] for each in fields(cls) if each.name in stored.files})


def rounded_down(thresholds: np.ndarray) -> np.ndarray:
    """Return the largest float32 up to each float64 threshold; a float32 value lies on the same side of both."""
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _preordered(tree: Tree) -> Tree:
    """Return the tree with its nodes in preorder."""
    left, right = tree.left.tolist(), tree.right.tolist()
    order, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        order.append(node)
        if left[node] >= 0:
            waiting += (right[node], left[node])
    position = np.full(len(left) + 1, -1)
    position[order] = np.arange(len(order))
    kept = np.array(order)
    return Tree(
        position[tree.left[kept]],
        position[tree.right[kept]],
        tree.feature[kept],
        tree.threshold[kept],
        tree.classes[kept],
        tree.values[kept],
        None if tree.cover is None else tree.cover[kept],
    )


@cache
def _compiled() -> Any:
    """Compile the loop once per process (about 1 s). numba's cache on disk would contain pickles."""
    from numba import njit

    return njit(nogil=True)(_add_leaves)


def _add_leaves(
    columns: np.ndarray,
    roots: np.ndarray,
    feature: np.ndarray,
    threshold: np.ndarray,
    right: np.ndarray,
    classes: np.ndarray,
    values: np.ndarray,
    result: np.ndarray,
) -> None:
    """Add to `result` (n, k) what each tree's leaf says about each row of `columns` (n, columns)."""
    for row in range(len(columns)):
        for root in roots:
            node = root
            while node >= 0:
                node = right[node] if columns[row, feature[node]] > threshold[node] else node + 1
            for place in range(classes.shape[1]):
                result[row, classes[-1 - node, place]] += values[-1 - node, place]
