"""Logistic regression on any matrix of features, with a penalty that validation chooses.

It is multinomial for one class per text, and one-vs-rest for several labels per text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from textlab.models.multilabel import probabilities_from

# Values of C for rows of about length one. Below 0.5, small gains on validation were losses on test (Irony,
# Openclipart).
LOWEST, HIGHEST = 0.5, 1024.0
START_OF_MANY, MANY = 2.0, 10  # more than 10 classes want a weaker penalty, and each fit of theirs takes longer
TOLERANCE = 3e-5  # largest component of the gradient of the mean loss; the loss is within 0.1 % of the lowest


@dataclass(frozen=True, eq=False)
class LinearHead:
    """The weights of a linear classifier.

    Attributes:
        weights: float32 (columns, k).
        bias: float32 (k,).
    """

    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(cls, solver: Any) -> "LinearHead":
        """Copy the solution of scikit-learn's `LogisticRegression`; of two classes, the first gets zeros."""
        weights, bias = solver.coef_.T, solver.intercept_
        if weights.shape[1] == 1:
            weights = np.hstack([np.zeros_like(weights), weights])
            bias = np.append(0.0, bias)
        return cls(weights.astype(np.float32), bias.astype(np.float32))

    def probabilities(self, columns: Any, task: str = "classification") -> np.ndarray:
        """Return the probabilities, float32 (n, k), of features, dense or sparse (n, columns)."""
        return probabilities_from(columns @ self.weights + self.bias, task)

    def save(self, folder: Path) -> None:
        """Write weights.npy and bias.npy into a folder."""
        np.save(folder / "weights.npy", self.weights, allow_pickle=False)
        np.save(folder / "bias.npy", self.bias, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> "LinearHead":
        """Read what `save` wrote."""
        return cls(*(np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("weights", "bias")))


class OneVsRest:
    """A solver for several labels per text: a logistic regression for each label, all with one penalty.

    The attributes and methods are those of scikit-learn's `LogisticRegression`. Its `OneVsRestClassifier` would forget
    the solutions, from which the next penalty starts.

    Attributes:
        coef_: float (k, columns).
        intercept_: float (k,).
    """

    coef_: np.ndarray
    intercept_: np.ndarray

    def __init__(self, class_weight: str, seed: int, n_labels: int) -> None:
        self._solvers = [new_solver(class_weight, seed) for _ in range(n_labels)]

    def set_params(self, **parameters: Any) -> "OneVsRest":
        """Set parameters of each label's solver."""
        for solver in self._solvers:
            solver.set_params(**parameters)
        return self

    def fit(self, columns: Any, targets: np.ndarray) -> None:
        """Fit each label.

        Args:
            columns: the features, dense or sparse float32 (n, columns).
            targets: which labels each example has, bool (n, k).
        """
        for label, solver in enumerate(self._solvers):
            solver.fit(columns, targets[:, label])
        self.coef_ = np.concatenate([solver.coef_ for solver in self._solvers])
        self.intercept_ = np.concatenate([solver.intercept_ for solver in self._solvers])


def new_solver(class_weight: str, seed: int) -> Any:
    """Return the solver of scikit-learn that `fit_head` uses.

    Args:
        class_weight: "balanced" or "none".
        seed: the random seed.
    """
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(
        solver="newton-cg",  # scikit-learn's fastest at the same loss: benchmarks/logistic_regression.py
        warm_start=True,
        max_iter=200,
        class_weight=None if class_weight == "none" else "balanced",
        random_state=seed,
    )


def fit_head(
    solver: Any, columns: Any, labels: np.ndarray, score: Callable[[LinearHead], float], C: float = 0.0
) -> tuple[LinearHead, Mapping[float, float]]:
    """Fit a linear classifier, and choose its penalty unless it is given.

    Args:
        solver: what `new_solver` returned; or `OneVsRest`.
        columns: the features of the training examples, dense or sparse float32 (n, columns).
        labels: int (n,), 0 to k - 1; for `OneVsRest`, which labels each example has, bool (n, k).
        score: the score of a head on validation; higher is better.
        C: the inverse regularisation strength; 0 chooses it.

    Returns:
        The head with the best score, the first of equals; and the score of each C that was tried, in order of C.
    """
    scores: dict[float, float] = {}
    best: list[LinearHead] = []

    def fit(value: float) -> float:
        solver.set_params(C=value, tol=tolerance(solver, value, len(labels))).fit(columns, labels)
        head = LinearHead.of(solver)
        reached = score(head)
        if not scores or reached > max(scores.values()):
            best[:] = [head]
        scores[value] = reached
        return reached

    if C:
        fit(C)
    else:
        has_many = labels.ndim == 1 and labels.max() >= MANY
        climb(fit, START_OF_MANY if has_many else LOWEST)
    return best[0], dict(sorted(scores.items()))


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
