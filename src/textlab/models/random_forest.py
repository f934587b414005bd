"""Random forest on n-grams: many trees, each grown on a sample of the texts, that vote with their leaves."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import PROBABILITY
from textlab.features.tfidf import BLOCKS, TfidfFeatures
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.multilabel import MULTILABEL, label_weights, training_targets
from textlab.models.ngrams import Lemmas, MinimumCount
from textlab.models.training_facts import TrainingFacts
from textlab.models.training_length import BUDGET, BudgetMinutes, TimeBudget, training_notes
from textlab.models.trees.classifier import Components, MinimumLeaf, TreeClassifier
from textlab.models.trees.ensemble import TreeEnsemble
from textlab.models.trees.features import TreeFeatures
from textlab.models.trees.nodes import Nodes, Tree
from textlab.models.validation import ClassWeight, PrimaryMetric, sample_weights, validation_measures

LEAF_CLASSES = 8
LEAF_LABELS = 32  # a leaf of few texts has no more labels
FEW_TEXTS = 20_000  # up to here, characters help, and a forest on them grows within half a minute
STEPS = 10  # the forest grows in so many steps; validation is scored after each


class RandomForest(TreeClassifier):
    """A random forest (Breiman 2001) of scikit-learn on the counts of n-grams, or on their principal directions.

    A leaf keeps the shares of its 8 most frequent classes. For several labels per text, it keeps the share of its texts
    with each label, for the 32 most frequent ones.
    """

    tasks: ClassVar[tuple[str, ...]] = ("classification", MULTILABEL)
    explains = PROBABILITY

    def __init__(
        self,
        features: Annotated[
            str | Auto, Hyperparameter("n-grams to count: of words, characters or both", choices=tuple(BLOCKS))
        ] = AUTO,
        minimum_count: MinimumCount = 2,
        lemmas: Lemmas = False,
        maximum_features: Annotated[
            int, Hyperparameter("number of n-grams to keep: those that depend most on the class", minimum=1)
        ] = 5000,
        components: Components = 0,
        trees: Annotated[int | Auto, Hyperparameter("number of trees", minimum=1)] = AUTO,
        minimum_leaf: MinimumLeaf = AUTO,
        maximum_leaves: Annotated[
            int, Hyperparameter("maximum number of leaves of a tree; 0 for no limit", minimum=0)
        ] = 0,
        class_weight: ClassWeight = "balanced",
        primary_metric: PrimaryMetric = "macro_recall",
        budget_minutes: BudgetMinutes = 15.0,
    ) -> None:
        if maximum_leaves == 1:
            raise ValueError("maximum_leaves is 1. Set it to 0 for no limit, or to at least 2.")
        self.tfidf = TfidfFeatures(minimum_count=minimum_count, lemmas=lemmas)  # `_fit` knows which n-grams

    @classmethod
    def tiny(cls) -> Self:
        return cls(features="word", minimum_count=1, trees=20, minimum_leaf=1)

    def _automatic_values(self, facts: TrainingFacts) -> dict[str, Any]:
        """Many classes get fewer trees, because the time of a split and the size of a leaf grow with them.

        Many texts get larger leaves, so that the size of a tree grows more slowly than their number; and words alone,
        because characters would take several times as long and add little.
        """
        return {
            "features": "word_char" if facts.texts < FEW_TEXTS else "word",
            "trees": min(300, max(60, 6000 // facts.classes)),
            "minimum_leaf": min(8, max(2, facts.texts // 12_000)),
        }

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        from sklearn.ensemble import RandomForestClassifier

        settings, targets = self.resolved, training_targets(train)
        self.tfidf.kind = settings["features"]
        features = TreeFeatures(self.tfidf, settings["maximum_features"], settings["components"])
        columns = features.fit_transform(train["text"].tolist(), targets, seed)
        validation_columns = features.transform(validation["text"].tolist())
        forest = RandomForestClassifier(
            min_samples_leaf=settings["minimum_leaf"],
            max_leaf_nodes=settings["maximum_leaves"] or None,
            warm_start=True,
            n_jobs=-1,
            random_state=seed,
        )
        several, weight = self.task == MULTILABEL, settings["class_weight"]
        weights = None if several else sample_weights(targets, weight)
        of_labels = label_weights(targets, weight) if several else None
        rows, sums = [], np.zeros((len(validation), self.n_classes))
        budget = TimeBudget(settings[BUDGET])
        for count in progress(settings["trees"]):
            grown = len(getattr(forest, "estimators_", ()))
            forest.set_params(n_estimators=count).fit(columns, targets, weights)
            new = forest.estimators_[grown:]
            sums += sum(_shares(tree.tree_, of_labels)[tree.apply(validation_columns)] for tree in new)
            rows.append({"trees": count, **validation_measures(validation, sums / count, settings["primary_metric"])})
            if budget.is_spent():
                break
        history = pd.DataFrame(rows)
        ended_by = BUDGET if history["trees"].iloc[-1] < settings["trees"] else ""
        self.training_notes = training_notes(history, validation, settings, ended_by)
        nodes = Nodes.of([_tree(tree.tree_, of_labels) for tree in forest.estimators_])
        self.ensemble = TreeEnsemble(features, nodes, self.n_classes, votes=True)
        self.ensemble.restrict()
        return history


def progress(trees: int) -> Iterator[int]:
    """Yield the number of trees to have after each of `STEPS` steps, with a progress bar."""
    from tqdm.auto import tqdm

    ends = sorted({-(-trees * step // STEPS) for step in range(1, STEPS + 1)})
    with tqdm(total=trees, desc="random forest", unit="tree") as bar:
        for end in ends:
            yield end
            bar.update(end - bar.n)


def _shares(tree: Any, of_labels: np.ndarray | None) -> np.ndarray:
    """Return what each node of a tree of scikit-learn says, float (nodes, k): the shares of classes or labels.

    The weights of labels change the shares and not the splits, which all labels decide together.

    Args:
        tree: the tree.
        of_labels: see `label_weights`; None for one class per text.
    """
    if of_labels is None:
        shares: np.ndarray = tree.value[:, 0, :]
        return shares
    lacking, having = np.moveaxis(tree.value, 2, 0) * of_labels[:, None, :]
    return having / (having + lacking)


def _tree(tree: Any, of_labels: np.ndarray | None) -> Tree:
    """Convert a tree of scikit-learn. Each leaf keeps the shares of its most frequent classes or labels."""
    shares = _shares(tree, of_labels)
    kept = min(LEAF_CLASSES if of_labels is None else LEAF_LABELS, shares.shape[1])
    classes = np.sort(np.argsort(-shares, axis=1, kind="stable")[:, :kept], axis=1)
    values = np.take_along_axis(shares, classes, axis=1)
    if of_labels is None:
        values /= values.sum(axis=1, keepdims=True)
    cover = tree.n_node_samples
    return Tree(tree.children_left, tree.children_right, tree.feature, tree.threshold, classes, values, cover)
