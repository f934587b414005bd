"""Logistic regression on tf-idf: the baseline that every other family has to beat."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from textlab.features.tfidf import TfidfFeatures
from textlab.models.classifier import Classifier
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.ngrams import Lemmas, NGrams
from textlab.models.training_facts import TrainingFacts
from textlab.models.validation import ClassWeight, PrimaryMetric, validation_score

# Values of C. Below 0.5, small gains on validation were losses on test (Irony, Openclipart).
LOWEST, HIGHEST = 0.5, 1024.0
START_OF_MANY, MANY = 2.0, 10  # more than 10 classes want a weaker penalty, and each fit of theirs takes longer
MOST_WEIGHTS = 100_000_000  # columns times classes: 400 MB, which the solver holds several times
FEW_WORDS = 20_000  # training words per class up to which n-grams of a single text help: docs/explanations/defaults.md
TOLERANCE = 3e-5  # largest component of the gradient of the mean loss; the loss is within 0.1 % of the lowest


class LogisticRegression(Classifier):
    """Multinomial logistic regression with an L2 penalty on `TfidfFeatures`."""

    uses_seed = False  # the loss is convex, and the solver starts at zero

    def __init__(
        self,
        features: NGrams = "word_char",
        minimum_count: Annotated[
            int | Auto, Hyperparameter("minimum number of training texts that contain an n-gram", minimum=1)
        ] = AUTO,
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
        self.primary_metric = primary_metric
        self.features = TfidfFeatures(features, lemmas=lemmas)

    @classmethod
    def tiny(cls) -> Self:
        return cls(features="word_char", minimum_count=1, C=100.0)

    def _automatic_values(self, facts: TrainingFacts) -> Mapping[str, Any]:
        return {"minimum_count": 1 if facts.texts * facts.median_words < FEW_WORDS * facts.classes else 2}

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        self.features.minimum_count = self.resolved["minimum_count"]
        most_columns = MOST_WEIGHTS // self.n_classes
        columns = self.features.fit_transform(train["text"].tolist(), most_columns)
        validation_columns = self.features.transform(validation["text"].tolist())
        labels, solver = train["label"].to_numpy(), self._solver(seed)
        scores: dict[float, float] = {}

        def fit(C: float) -> float:
            solver.set_params(C=C, tol=tolerance(solver, C, len(labels))).fit(columns, labels)
            score = validation_score(validation, solver.predict_proba(validation_columns), self.primary_metric)
            if not scores or score > max(scores.values()):
                self._keep(solver)
            scores[C] = score
            return score

        if self.C:
            fit(self.C)
        else:
            climb(fit, START_OF_MANY if self.n_classes > MANY else LOWEST)
        tried = sorted(scores)
        return pd.DataFrame({"C": tried, f"validation_{self.primary_metric}": [scores[C] for C in tried]})

    def _solver(self, seed: int) -> Any:
        from sklearn.linear_model import LogisticRegression as Solver

        return Solver(
            solver="newton-cg",  # scikit-learn's fastest at the same loss: benchmarks/logistic_regression.py
            warm_start=True,
            max_iter=200,
            class_weight=None if self.class_weight == "none" else "balanced",
            random_state=seed,
        )

    def _keep(self, solver: Any) -> None:
        """Copy the solution as weights (columns, k) and bias (k,); of two classes, the first gets zeros."""
        weights, bias = solver.coef_.T, solver.intercept_
        if weights.shape[1] == 1:
            weights = np.hstack([np.zeros_like(weights), weights])
            bias = np.append(0.0, bias)
        self.weights, self.bias = weights.astype(np.float32), bias.astype(np.float32)

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        from scipy.special import softmax

        return softmax(self.features.transform(examples["text"].tolist()) @ self.weights + self.bias, axis=1)

    def top_features(self, count: int = 15) -> pd.DataFrame:
        """Return the `count` n-grams with the largest weights for each class.

        Returns:
            The columns label, n_gram and weight (its distance from the mean over all classes), the largest first.
        """
        n_grams = np.concatenate([np.array(block.vocabulary, dtype=object) for block in self.features.blocks])
        mean, largest = self.weights.mean(axis=1), []
        for label, weights in enumerate(self.weights.T):
            contrast = weights - mean
            top = np.argsort(-contrast, kind="stable")[:count]
            largest.append(pd.DataFrame({"label": label, "n_gram": n_grams[top], "weight": contrast[top]}))
        return pd.concat(largest, ignore_index=True)

    def _save(self, folder: Path) -> None:
        self.features.save(folder)
        np.save(folder / "weights.npy", self.weights, allow_pickle=False)
        np.save(folder / "bias.npy", self.bias, allow_pickle=False)

    def _load(self, folder: Path) -> None:
        self.features = TfidfFeatures.load(folder)
        self.weights = np.load(folder / "weights.npy", allow_pickle=False)
        self.bias = np.load(folder / "bias.npy", allow_pickle=False)

    def _export(self, folder: Path) -> None:
        import tensorflow as tf

        from textlab.features.tfidf_graph import weighted_sums, write_vocabulary
        from textlab.text.vocabulary_table import vocabulary_table

        module = tf.Module()
        sizes = [len(block.vocabulary) for block in self.features.blocks]
        module.weights = [tf.Variable(part) for part in np.split(self.weights, np.cumsum(sizes)[:-1])]
        module.idf = [tf.Variable(block.idf) for block in self.features.blocks]
        with tempfile.TemporaryDirectory() as scratch:
            paths = [write_vocabulary(block, Path(scratch)) for block in self.features.blocks]
            tables = [vocabulary_table(path) for path in paths]
            processor = self.features.processor.in_graph(Path(scratch))
            module.tables = [*tables, *processor.tables]

            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
            def serve(text: Any) -> dict[str, Any]:
                processed = processor(text)
                logits = tf.constant(self.bias)[None, :]
                blocks = zip(self.features.blocks, tables, module.idf, module.weights, strict=True)
                for block, table, idf, weights in blocks:
                    logits = logits + weighted_sums(block, table, idf, weights, processed)
                return {"probabilities": tf.nn.softmax(logits)}

            tf.saved_model.save(module, str(folder), signatures=serve)


def climb(score: Callable[[float], float], start: float) -> None:
    """Score `start` and its doubles until one is not better than the one before; then its halves, if no double was.

    Past the peak, a weaker penalty costs more time and only overfits the training texts.

    Args:
        score: called with each value between `LOWEST` and `HIGHEST`; higher is better.
        start: the first value.
    """
    first = score(start)
    for factor in (2.0, 0.5):
        best, value = first, start * factor
        while LOWEST <= value <= HIGHEST and (reached := score(value)) > best:
            best, value = reached, value * factor
        if best > first:
            return


def tolerance(solver: Any, C: float, examples: int) -> float:
    """Return the tolerance for the next fit of `solver`, which starts at its last solution if it has one.

    That solution meets `TOLERANCE` at once, because a change of the penalty changes the gradient by little. So the
    tolerance must also be small beside the penalty's gradient, weights / (C * examples).
    """
    if not hasattr(solver, "coef_"):
        return TOLERANCE
    return float(min(TOLERANCE, 0.1 * np.abs(solver.coef_).max() / (C * examples)))
