"""Compare textlab's logistic regression with scikit-learn's solvers: python benchmarks/logistic_regression.py

The texts are 10,000 generated short questions of 2, 3, 20 and 77 classes, or those of a dataset (--dataset). All
solvers get the same tf-idf features of words and characters, the same penalty (C) and balanced classes. The loss is the
penalised cross-entropy on the training texts. The loss of newton-cg at a tolerance of 1e-7 is the reference. Each
solver tries tolerances from 1e-3 down until its loss is at most 0.1 % above the reference; the table shows the time of
that fit. The line below shows six penalties that textlab tries when it chooses C, each from the solution before it,
and beside them six fits from zero. Seconds are processor time of one thread, so other load hardly counts.
"""

import time
import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from textlab import data
from textlab.features.tfidf import TfidfFeatures
from textlab.models.linear_head import TOLERANCE, tolerance
from textlab.models.logistic_regression import LogisticRegression

CLASSES = (2, 3, 20, 77)
PENALTIES = (1.0, 8.0)
PATH = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
SOLVERS = ("newton-cg", "lbfgs", "sag", "saga", "liblinear")  # liblinear has another loss for more than two classes
TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6)
EXCESS = 1e-3  # a loss this share above the reference counts as the same
SYLLABLES = ("ka", "lo", "mi", "ten", "sur", "pa", "ri", "vo", "den", "lu", "car", "nis", "to", "bel", "ha", "go")


def questions(classes: int, count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Generate short questions: most words are common to all classes, two in five belong to the class."""
    random = np.random.default_rng(seed)
    words = np.array(sorted({"".join(random.choice(SYLLABLES, random.integers(1, 5))) for _ in range(6000)}))
    common, rest = words[:400], random.permutation(words[400:])
    topics = [random.choice(rest, 40, replace=False) for _ in range(classes)]
    labels = random.permutation(np.arange(count) % classes)
    frequency = 1 / np.arange(1, 401)
    texts = []
    for label in labels:
        length = random.integers(5, 14)
        chosen = random.choice(common, length, p=frequency / frequency.sum())
        of_topic = random.random(length) < 0.4
        chosen[of_topic] = random.choice(topics[label], of_topic.sum())
        texts.append(" ".join(chosen) + " ?")
    return texts, labels


def loss(solver: Any, rows: Any, labels: np.ndarray, C: float) -> float:
    """Return the objective that scikit-learn minimises, with balanced classes."""
    from sklearn.utils.class_weight import compute_sample_weight

    log_probabilities = solver.predict_log_proba(rows)[np.arange(len(labels)), labels]
    weights = compute_sample_weight("balanced", labels)
    return float(-C * (weights * log_probabilities).sum() + 0.5 * (solver.coef_.astype(float) ** 2).sum())


def fitted(solver: Any, rows: Any, labels: np.ndarray) -> tuple[Any, float]:
    """Fit a solver; return it and the seconds of processor time."""
    with threadpool_limits(1):
        start = time.process_time()
        solver.fit(rows, labels)
        return solver, time.process_time() - start


def fastest_fit(name: str, rows: Any, labels: np.ndarray, C: float, highest: float) -> float | None:
    """Return the seconds of the first fit whose loss is at most `highest`; None if there is none."""
    from sklearn.linear_model import LogisticRegression as Solver

    for candidate in TOLERANCES:
        solver = Solver(solver=name, C=C, tol=candidate, max_iter=300, class_weight="balanced", random_state=0)
        solver, seconds = fitted(solver, rows, labels)
        if loss(solver, rows, labels, C) <= highest:
            return seconds
    return None


def path_seconds(rows: Any, labels: np.ndarray, penalties: tuple[float, ...], is_warm: bool) -> float:
    """Return the seconds that textlab's solver takes for several penalties, from the last solution or from zero."""
    solver = LogisticRegression()._solver(seed=0).set_params(warm_start=is_warm)
    total = 0.0
    for penalty in penalties:
        solver.set_params(C=penalty, tol=tolerance(solver, penalty, len(labels)) if is_warm else TOLERANCE)
        total += fitted(solver, rows, labels)[1]
    return total


def compare(rows: Any, labels: np.ndarray, C: float) -> Iterator[tuple[str, float | None]]:
    """Yield each solver and the seconds of its fit at the reference's loss."""
    from sklearn.linear_model import LogisticRegression as Solver

    reference = Solver(solver="newton-cg", C=C, tol=1e-7, max_iter=300, class_weight="balanced")
    highest = (1 + EXCESS) * loss(fitted(reference, rows, labels)[0], rows, labels, C)
    ours, seconds = fitted(LogisticRegression()._solver(seed=0).set_params(C=C, tol=TOLERANCE), rows, labels)
    yield "textlab", seconds if loss(ours, rows, labels, C) <= highest else None
    for name in SOLVERS:
        if name != "liblinear" or labels.max() == 1:
            yield name, fastest_fit(name, rows, labels, C, highest)


def main(
    dataset: Annotated[str | None, typer.Option(help="A dataset in place of generated questions.")] = None,
    texts: Annotated[int, typer.Option(help="The number of texts.", min=200)] = 10_000,
    classes: Annotated[list[int] | None, typer.Option(help="The number of classes; by default 2, 3, 20, 77.")] = None,
) -> None:
    """Print a table of solvers for each number of classes."""
    warnings.filterwarnings("ignore")  # a solver that does not converge within a tolerance tries the next
    console = Console(width=100)
    for count in [0] if dataset else classes or CLASSES:
        if dataset:
            train = data.load(dataset).train.head(texts)
            examples, labels = train["text"].tolist(), train["label"].to_numpy()
        else:
            examples, labels = questions(count, texts)
        rows = TfidfFeatures("word_char", 2).fit_transform(examples)
        table = Table("solver", *(f"C = {C:g}, seconds" for C in PENALTIES))
        table.title = f"{dataset or f'{count} classes'}: {rows.shape[0]:,} texts, {rows.shape[1]:,} columns"
        columns = [dict(compare(rows, labels, C)) for C in PENALTIES]
        for name in columns[0]:
            table.add_row(name, *("not reached" if (s := column[name]) is None else f"{s:.2f}" for column in columns))
        console.print(table)
        warm, cold = (path_seconds(rows, labels, PATH, is_warm) for is_warm in (True, False))
        console.print(f"All {len(PATH)} penalties: {warm:.1f} s, from zero {cold:.1f} s, ratio {cold / warm:.2f}\n")


if __name__ == "__main__":
    typer.run(main)
