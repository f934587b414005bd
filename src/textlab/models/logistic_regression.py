"""Logistic regression on tf-idf: the baseline that every other family has to beat."""

import tempfile
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from textlab.features.tfidf import TfidfFeatures
from textlab.models.contract import Classifier
from textlab.models.validation import finite_score

CANDIDATES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class LogisticRegression(Classifier):
    """Multinomial logistic regression with an L2 penalty on `TfidfFeatures`.

    Args:
        features: "word", "char" or "word_char".
        minimum_count: an n-gram found in fewer training texts is left out.
        C: inverse strength of the penalty; 0 tries rising candidates and keeps the best on validation.
        class_weight: "balanced" weighs each class by the inverse of its share; "none" does not.
        primary_metric: what "best on validation" means, one of `DECISIVE_METRICS`.
    """

    def __init__(
        self,
        features: str = "word_char",
        minimum_count: int = 2,
        C: float = 0.0,
        class_weight: str = "balanced",
        primary_metric: str = "macro_recall",
    ) -> None:
        if C < 0:
            raise ValueError(f"C is {C}; it must be positive, or 0 to have it chosen on validation.")
        if class_weight not in ("balanced", "none"):
            raise ValueError(f"Unknown class_weight '{class_weight}'. Available: balanced, none.")
        self.candidates = (C,) if C else CANDIDATES
        self.class_weight = class_weight
        self.primary_metric = primary_metric
        self.features = TfidfFeatures(features, minimum_count)

    @classmethod
    def tiny(cls) -> Self:
        return cls(features="word_char", minimum_count=1, C=100.0)

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        from textlab.evaluation.classification.metrics import classification_metrics
        from textlab.evaluation.classification.predictions import predictions_frame

        columns = self.features.fit_transform(train["text"].tolist())
        validation_columns = self.features.transform(validation["text"].tolist())
        names = [str(label) for label in range(self.n_classes)]
        history: list[dict[str, float]] = []
        solver = self._solver(seed)
        best = -np.inf
        for candidate in self.candidates:
            solver.set_params(C=candidate).fit(columns, train["label"].to_numpy())
            probabilities = solver.predict_proba(validation_columns)
            metrics = classification_metrics(predictions_frame(validation, probabilities, names))
            score = finite_score(metrics, self.primary_metric)
            history.append({"C": candidate, f"validation_{self.primary_metric}": score})
            if score <= best:
                break  # past the peak: a weaker penalty costs more time and only fits the training texts better
            if score > best:
                best = score
                self._keep(solver)
        return pd.DataFrame(history)

    def _solver(self, seed: int) -> Any:
        from sklearn.linear_model import LogisticRegression as Solver

        return Solver(
            solver="newton-cg",
            tol=1e-4,  # from zeros each time: from the last solution this tolerance would be met at once
            max_iter=200,
            class_weight=None if self.class_weight == "none" else "balanced",
            random_state=seed,
        )

    def _keep(self, solver: Any) -> None:
        """Copy the solution as weights (columns, k) and bias (k,); two classes get a zero column for the first."""
        weights, bias = solver.coef_.T, solver.intercept_
        if weights.shape[1] == 1:
            weights = np.hstack([np.zeros_like(weights), weights])
            bias = np.append(0.0, bias)
        self.weights, self.bias = weights.astype(np.float32), bias.astype(np.float32)

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        from scipy.special import softmax

        return softmax(self.features.transform(examples["text"].tolist()) @ self.weights + self.bias, axis=1)

    def top_features(self, count: int = 15) -> pd.DataFrame:
        """The `count` n-grams that speak loudest for each class: columns label, n_gram, weight."""
        n_grams = np.concatenate([np.array(block.vocabulary, dtype=object) for block in self.features.blocks])
        contrast = self.weights - self.weights.mean(axis=1, keepdims=True)
        tables = []
        for label in range(self.n_classes):
            top = np.argsort(-contrast[:, label], kind="stable")[:count]
            tables.append(pd.DataFrame({"label": label, "n_gram": n_grams[top], "weight": contrast[top, label]}))
        return pd.concat(tables, ignore_index=True)

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

        from textlab.features.tfidf_graph import vocabulary_table, weighted_sums, write_vocabulary
        from textlab.text.graph import normalise

        module = tf.Module()
        sizes = [len(block.vocabulary) for block in self.features.blocks]
        module.weights = [tf.Variable(part) for part in np.split(self.weights, np.cumsum(sizes)[:-1])]
        module.idf = [tf.Variable(block.idf) for block in self.features.blocks]
        with tempfile.TemporaryDirectory() as scratch:
            paths = [write_vocabulary(block, Path(scratch)) for block in self.features.blocks]
            module.tables = [vocabulary_table(path) for path in paths]

            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
            def serve(text: Any) -> dict[str, Any]:
                normalised = normalise(text)
                logits = tf.constant(self.bias)[None, :]
                blocks = zip(self.features.blocks, module.tables, module.idf, module.weights, strict=True)
                for block, table, idf, weights in blocks:
                    logits = logits + weighted_sums(block, table, idf, weights, normalised)
                return {"probabilities": tf.nn.softmax(logits)}

            tf.saved_model.save(module, str(folder), signatures=serve)
