"""Logistic regression on tf-idf: the baseline that every other family has to beat."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd

from textlab.bundle_format.graph import EXPLAIN, SIGNATURE
from textlab.bundle_format.signature import LOG_ODDS
from textlab.features.tfidf import TfidfFeatures
from textlab.models.classifier import Classifier
from textlab.models.explaining.signature import contrast, explaining_function, explanation
from textlab.models.hyperparameters import AUTO, Hyperparameter
from textlab.models.linear_head import LinearHead, OneVsRest, fit_head, new_solver
from textlab.models.multilabel import MULTILABEL, probabilities_in_graph, training_targets
from textlab.models.ngrams import AutomaticMinimumCount, Lemmas, NGrams, suited_minimum_count
from textlab.models.training_facts import TrainingFacts
from textlab.models.validation import ClassWeight, PrimaryMetric, validation_score

MOST_WEIGHTS = 100_000_000  # columns times classes: 400 MB, which the solver holds several times


class LogisticRegression(Classifier):
    """Logistic regression with an L2 penalty on `TfidfFeatures`: multinomial, or one-vs-rest for several labels."""

    tasks: ClassVar[tuple[str, ...]] = ("classification", MULTILABEL)
    explains = LOG_ODDS
    uses_seed = False  # the loss is convex, and the solver starts at zero

    def __init__(
        self,
        features: NGrams = "word_char",
        minimum_count: AutomaticMinimumCount = AUTO,
        lemmas: Lemmas = False,
        C: Annotated[
            float,
            Hyperparameter("inverse regularisation strength; 0 chooses it on validation", minimum=0),
        ] = 0.0,
        class_weight: ClassWeight = "balanced",
        primary_metric: PrimaryMetric = "macro_recall",
    ) -> None:
        self.C = C
        self.class_weight = class_weight
        self.features = TfidfFeatures(features, lemmas=lemmas)

    @classmethod
    def tiny(cls) -> Self:
        return cls(features="word_char", minimum_count=1, C=100.0)

    def _automatic_values(self, facts: TrainingFacts) -> Mapping[str, Any]:
        return {"minimum_count": suited_minimum_count(facts)}

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        self.features.minimum_count = self.resolved["minimum_count"]
        columns = self.features.fit_transform(train["text"].tolist(), MOST_WEIGHTS // self.n_classes)
        validation_columns = self.features.transform(validation["text"].tolist())

        metric = self.resolved["primary_metric"]

        def score(head: LinearHead) -> float:
            return validation_score(validation, head.probabilities(validation_columns, self.task), metric)

        self.head, scores = fit_head(self._solver(seed), columns, training_targets(train), score, self.C)
        return pd.DataFrame({"C": list(scores), f"validation_{metric}": list(scores.values())})

    def _solver(self, seed: int) -> Any:
        if self.task == MULTILABEL:
            return OneVsRest(self.class_weight, seed, self.n_classes)
        return new_solver(self.class_weight, seed)

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        return self.head.probabilities(self.features.transform(examples["text"].tolist()), self.task)

    def top_features(self, count: int = 15) -> pd.DataFrame:
        """Return the `count` n-grams with the largest weights for each class.

        Returns:
            The columns label, n_gram and weight (of a class, its distance from the mean over all classes), the
            largest first.
        """
        n_grams = np.concatenate([np.array(block.vocabulary, dtype=object) for block in self.features.blocks])
        several = self.task == MULTILABEL  # each label has a baseline of its own, so no mean over labels
        mean, largest = 0.0 if several else self.head.weights.mean(axis=1), []
        for label, weights in enumerate(self.head.weights.T):
            contrast = weights - mean
            top = np.argsort(-contrast, kind="stable")[:count]
            largest.append(pd.DataFrame({"label": label, "n_gram": n_grams[top], "weight": contrast[top]}))
        return pd.concat(largest, ignore_index=True)

    def _save(self, folder: Path) -> None:
        self.features.save(folder)
        self.head.save(folder)

    def _load(self, folder: Path) -> None:
        self.features = TfidfFeatures.load(folder)
        self.head = LinearHead.load(folder)

    def _export(self, folder: Path) -> None:
        import tensorflow as tf

        from textlab.features.tfidf_graph import LinearGraph

        module = tf.Module()
        with tempfile.TemporaryDirectory() as scratch:
            sums = LinearGraph(self.features, self.head.weights, Path(scratch))
            module.tracked = sums.tracked

            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
            def serve(text: Any) -> dict[str, Any]:
                return self._answer_in_graph(probabilities_in_graph(sums(text) + self.head.bias, self.task))

            def explain(text: Any, target: Any) -> dict[str, Any]:
                weights = contrast(target, self.n_classes, self.has_independent_labels)
                words, contributions = sums.contributions(text, weights)
                score = tf.reduce_sum(weights * (sums(text) + self.head.bias), axis=1)
                return explanation(words, contributions, tf.linalg.matvec(weights, self.head.bias), score)

            signatures = {SIGNATURE: serve, EXPLAIN: explaining_function(explain)}
            tf.saved_model.save(module, str(folder), signatures=signatures)
