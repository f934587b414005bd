"""Read the trees of a LightGBM model from its text format."""

import numpy as np

from textlab.models.trees.nodes import Tree


def lightgbm_trees(model: str, n_classes: int) -> list[Tree]:
    """Return the trees of a model as arrays.

    Args:
        model: what `Booster.model_to_string` returns. Each tree is a list of lines `name=values`; of its m leaves and
            m - 1 splits, a child below 0 is the leaf -1 - child.
        n_classes: k. Two classes share one tree a round, which adds to the second class.
    """
    trees = []
    for number, section in enumerate(model.split("\nTree=")[1:]):
        stated = dict(line.split("=", 1) for line in section.split("\n\n")[0].splitlines()[1:] if "=" in line)
        label = 1 if n_classes == 2 else number % n_classes
        trees.append(_tree(stated, label))
    return trees


def _tree(stated: dict[str, str], label: int) -> Tree:
    """Number the splits first and then the leaves."""
    leaves, splits = int(stated["num_leaves"]), int(stated["num_leaves"]) - 1

    def array(name: str, kind: type, size: int) -> np.ndarray:
        return np.array(stated[name].split(), kind) if size else np.zeros(0, kind)

    def children(name: str) -> np.ndarray:
        child = array(name, np.int64, splits)
        return np.append(np.where(child < 0, splits - 1 - child, child), np.full(leaves, -1))

    return Tree(
        left=children("left_child"),
        right=children("right_child"),
        feature=np.append(array("split_feature", np.int64, splits), np.zeros(leaves, np.int64)),
        threshold=np.append(array("threshold", np.float64, splits), np.zeros(leaves)),
        classes=np.full((splits + leaves, 1), label),
        values=np.append(np.zeros(splits), array("leaf_value", np.float64, leaves))[:, None],
        cover=np.append(np.zeros(splits, np.int64), _leaf_counts(stated, leaves)),
    )


def _leaf_counts(stated: dict[str, str], leaves: int) -> np.ndarray:
    """Return the training examples in each leaf; a tree without splits may state none."""
    counts = np.array(stated.get("leaf_count", "").split(), np.int64)
    return counts if len(counts) == leaves else np.ones(leaves, np.int64)
