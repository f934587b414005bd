"""Measure models for several labels per text: python benchmarks/multilabel.py --help

The generated messages of `passenger_topics` follow known rules, so a perfect score is possible. Logistic regression is
compared with scikit-learn's one-vs-rest on the same features, which chooses its penalty among the same values and on
the same validation examples. Every model gets the thresholds that are best on validation, and is scored on test.
"""

import time
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.data.multilabel_dataset import MultilabelDataset, indicator
from textlab.evaluation.multilabel.metrics import overall_metrics, score_of_arrays
from textlab.evaluation.multilabel.predicting import predict_splits
from textlab.evaluation.multilabel.predictions import predictions_frame
from textlab.log import configure_logging
from textlab.models import family
from textlab.models.classifier import Classifier
from textlab.models.logistic_regression import LogisticRegression

SHOWN = ("macro_f1", "micro_f1", "subset_accuracy")


class OneVsRest:
    """scikit-learn's `OneVsRestClassifier` with the penalty that is best on validation.

    Args:
        model: a fitted logistic regression, whose features and tried penalties are used.
        dataset: the data that it was fitted on.
        penalties: the values of C to try.
    """

    def __init__(self, model: LogisticRegression, dataset: MultilabelDataset, penalties: list[float]) -> None:
        from sklearn.linear_model import LogisticRegression as Solver
        from sklearn.multiclass import OneVsRestClassifier

        self._features, best = model.features, -1.0
        columns = model.features.transform(dataset.train["text"].tolist())
        targets, wanted = (
            indicator(frame["labels"], len(dataset.label_names)) for frame in (dataset.train, dataset.validation)
        )
        for penalty in penalties:
            solver = Solver(
                C=penalty, class_weight=None if model.class_weight == "none" else "balanced", max_iter=1000, tol=1e-6
            )
            fitted = OneVsRestClassifier(solver).fit(columns, targets.astype(int))
            score = score_of_arrays(wanted, self._answers(fitted, dataset.validation), "macro_f1")
            if score > best:
                best, self._fitted = score, fitted

    def _answers(self, fitted: Any, examples: Any) -> np.ndarray:
        answers: np.ndarray = fitted.predict_proba(self._features.transform(examples["text"].tolist()))
        return answers

    def predict_proba(self, examples: Any) -> np.ndarray:
        """Return the probability of each label, (n, k)."""
        return self._answers(self._fitted, examples)


def row(title: str, model: Any, dataset: MultilabelDataset, seconds: float) -> list[str]:
    """Return a row with the scores on test, at the thresholds of validation and at one half."""
    test = predict_splits(model, dataset)["test"]
    scores = overall_metrics(test)
    at_half = overall_metrics(predictions_frame(dataset.test, model.predict_proba(dataset.test), dataset.label_names))
    shown = [f"{100 * scores[metric]:.2f}" for metric in SHOWN]
    return [title, *shown, f"{100 * at_half['macro_f1']:.2f}", f"{seconds:.0f}"]


def main(
    families: Annotated[list[str] | None, typer.Argument(help="Model families.")] = None,
    dataset: Annotated[str, typer.Option(help="Dataset with several labels per text.")] = "passenger_topics",
    checkpoint: Annotated[str, typer.Option(help="BERT's checkpoint: minilm, or tiny.")] = "minilm",
    class_weight: Annotated[str, typer.Option(help="Weights of the labels: balanced or none.")] = "balanced",
    texts: Annotated[int, typer.Option(help="Training texts to use; 0 for all.")] = 0,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
) -> None:
    """Train each family and print its scores; beside logistic regression, those of scikit-learn's one-vs-rest."""
    configure_logging()
    loaded = data.load(dataset, MultilabelDataset)
    if texts:
        loaded = MultilabelDataset(
            loaded.name, loaded.version, loaded.label_names, loaded.train.head(texts), loaded.validation, loaded.test
        )
    headings = ("model", *(metric.replace("_", " ") for metric in SHOWN), "macro F1 at 0.5", "seconds")
    table = Table(*headings, title=f"{dataset}, {len(loaded.train):,} training texts, seed {seed}")
    for name in families or ["logistic_regression", "random_forest", "lstm", "bert"]:
        settings = {"checkpoint": checkpoint} if name == "bert" else {}
        model = family(name)(class_weight=class_weight, **settings)
        if not isinstance(model, Classifier):
            raise typer.BadParameter(f"{name} learns no labels. Name a family such as lstm.")
        started = time.perf_counter()
        history = model.fit(loaded.train, loaded.validation, seed=seed)
        table.add_row(*row(name, model, loaded, time.perf_counter() - started))
        if isinstance(model, LogisticRegression):
            started = time.perf_counter()
            other = OneVsRest(model, loaded, history["C"].tolist())
            table.add_row(*row("scikit-learn's one-vs-rest", other, loaded, time.perf_counter() - started))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
