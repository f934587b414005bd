"""The choice of linear heads on blocks of features: penalty and balance, on validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.feature_blocks.block import FeatureBlock, is_present
from textlab.models.feature_blocks.heads import Heads, input_sets, spread_over_classes
from textlab.models.linear_head import START_OF_MANY, LinearHead, fit_head, new_solver
from textlab.models.pooling_weights import FEWEST, answers_out_of_part, fitted_weights, pooled
from textlab.models.validation import validation_measures

ROWS_AT_ONCE = 4096
BALANCES = (1.0, 0.5, 2.0)  # lengths of a picture's row that are tried, the most usual first


@dataclass(frozen=True)
class HeadSettings:
    """Settings of the fit of heads.

    Attributes:
        C: the inverse regularisation strength; 0 chooses it on validation.
        class_weight: "balanced" or "none".
        metric: a validation metric for the history. The loss decides, because scores of a few hundred examples are too
            noisy to compare many heads.
        dropout: the share of the complete training examples that are learnt again without one of their inputs.
        balances: lengths of the rows of the last input, of which validation chooses.
    """

    C: float
    class_weight: str
    metric: str
    dropout: float = 1.0
    balances: Sequence[float] = (1.0,)


@dataclass(frozen=True, eq=False)
class Examples:
    """Examples as blocks of features.

    Attributes:
        frame: n rows with `id`, the inputs and `label`.
        rows: for each block by name, its rows (n, columns).
        present: for each input which examples have it, bool (n,).
    """

    frame: pd.DataFrame
    rows: Mapping[str, Any]
    present: Mapping[str, np.ndarray]

    def having(self, inputs: Sequence[str]) -> np.ndarray:
        """Return the positions of the examples that have all of some inputs."""
        return np.flatnonzero(np.logical_and.reduce([self.present[name] for name in inputs]))


def read_examples(frame: pd.DataFrame, inputs: Sequence[str], rows: Mapping[str, Any]) -> Examples:
    """Return examples with the rows of their blocks."""
    return Examples(frame, rows, {name: is_present(frame[name].tolist()) for name in inputs})


class HeadFitting:
    """The fit of the heads of a model.

    Args:
        blocks: fitted blocks.
        inputs: the columns that the model reads.
        train, validation: the examples to learn from, and those to choose on.
        settings: how heads are fitted.
        n_classes: k.
        seed: draws the examples that are learnt without an input.

    Attributes:
        history: a row for each head that was tried, with `setting` and its measures on validation.
        balance: the length of the last input's rows that was chosen.
    """

    def __init__(
        self,
        blocks: Sequence[FeatureBlock],
        inputs: Sequence[str],
        train: Examples,
        validation: Examples,
        settings: HeadSettings,
        n_classes: int,
        seed: int,
    ) -> None:
        self._blocks, self._inputs, self._settings = blocks, tuple(inputs), settings
        self._train, self._validation, self._labels = train, validation, train.frame["label"].to_numpy()
        self._n_classes, self._seed = n_classes, seed
        self.history: list[dict[str, Any]] = []
        self.balance = settings.balances[0]

    def fit(self) -> Heads:
        """Return a head for each set of inputs."""
        all_inputs, *fewer = input_sets(self._inputs)
        self._choose_balance(all_inputs)
        full = self._head(all_inputs, self._learnt(all_inputs))
        fitted = {all_inputs: full}
        for chosen in fewer:
            learnt = self._learnt(chosen)
            # Without such an example, the head for all inputs answers, and a missing one counts as an average one.
            fitted[chosen] = self._head(chosen, learnt) if len(learnt) else full
        shares = np.log(np.bincount(self._labels, minlength=self._n_classes) / len(self._labels))
        biases = np.stack([*(bias for _, bias in fitted.values()), shares]).astype(np.float32)
        weights = {chosen: each for chosen, (each, _) in fitted.items()}
        heads = Heads.of(self._inputs, self._blocks, weights, biases)
        return self._blended(heads) if fewer else heads

    def _blended(self, heads: Heads) -> Heads:
        """Mix the head for all inputs with those for each alone, unless that raises the loss on validation.

        Heads that were fitted apart overfit less. A weighted sum of logits is a head again, so a mixture costs nothing.
        """
        rows = self._validation.having(self._inputs)
        if len(rows) < FEWEST:
            return heads
        frame, labels = self._validation.frame.iloc[rows], self._validation.frame["label"].to_numpy()[rows]
        blocks = {name: each[rows] for name, each in self._validation.rows.items()}
        logs = dict(zip(map(" and ".join, input_sets(self._inputs)), heads.all_logits(blocks)[:-1], strict=True))
        start = dict.fromkeys(logs, 0.0) | {" and ".join(self._inputs): 1.0}
        alone, mixed = pooled(logs, start), answers_out_of_part(logs, labels, start)
        losses = [validation_measures(frame, each, self._settings.metric) for each in (alone, mixed)]
        self.history.append({"setting": "heads mixed"} | losses[1])
        if losses[1]["validation_loss"] >= losses[0]["validation_loss"]:
            return heads
        return heads.mixed(list(fitted_weights(logs, labels, start).values()))

    def _choose_balance(self, chosen: tuple[str, ...]) -> None:
        """Choose the balance with the lowest loss on validation, which is less noisy than scores."""
        learnt, losses = self._learnt(chosen), {}
        is_possible = len(self._validation.having(chosen)) and len(np.unique(self._labels[learnt])) > 1
        if len(self._settings.balances) == 1 or not is_possible:
            return
        for balance in self._settings.balances:
            self.balance = balance
            self._fitted(chosen, learnt, self._settings.C or START_OF_MANY)
            losses[balance] = self.history[-1]["validation_loss"]
        self.balance = min(losses, key=lambda balance: losses[balance])

    def _learnt(self, chosen: tuple[str, ...]) -> np.ndarray:
        """Return the positions of the training examples from which the head for a set of inputs learns.

        Examples with further inputs are learnt as copies that lack them: modality dropout.
        """
        having = self._train.having(chosen)
        if chosen == self._inputs:
            return having
        complete = np.isin(having, self._train.having(self._inputs))
        drawn = np.random.default_rng(self._seed).random(len(having)) < self._settings.dropout
        return having[~complete | drawn]

    def _head(self, chosen: tuple[str, ...], learnt: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Return the weights of each block, and the bias, for a set of inputs."""
        head = self._fitted(chosen, learnt, self._settings.C)
        weights, start = {}, 0
        for block in self._reading(chosen):
            columns = self._train.rows[block.name].shape[1]
            weights[block.name] = head.weights[start : start + columns] * self._scale(chosen, block)
            start += columns
        return weights, head.bias

    def _fitted(self, chosen: tuple[str, ...], learnt: np.ndarray, C: float) -> LinearHead:
        columns, labels = self._columns(self._train, chosen, learnt), self._labels[learnt]
        classes = np.unique(labels)
        if len(classes) < 2:  # there is nothing to learn
            head = LinearHead(
                np.zeros((columns.shape[1], len(classes)), np.float32), np.zeros(len(classes), np.float32)
            )
            return spread_over_classes(head, classes, self._n_classes)
        rows = self._validation.having(chosen)
        frame, validation = self._validation.frame.iloc[rows], self._columns(self._validation, chosen, rows)
        solver = new_solver(self._settings.class_weight, self._seed)

        def score(head: LinearHead) -> float:
            if frame.empty:
                return 0.0
            probabilities = spread_over_classes(head, classes, self._n_classes).probabilities(validation)
            measures = validation_measures(frame, probabilities, self._settings.metric)
            self.history.append(self._step(chosen, solver.C) | measures)
            return -measures["validation_loss"]

        head, _ = fit_head(solver, columns, np.searchsorted(classes, labels), score, C)
        return spread_over_classes(head, classes, self._n_classes)

    def _step(self, chosen: tuple[str, ...], C: float) -> dict[str, Any]:
        if len(self._inputs) == 1:
            return {"C": C}
        balance = f", balance {self.balance:g}" if chosen == self._inputs else ""
        return {"setting": f"{' and '.join(chosen)}{balance}, C {C:g}"}

    def _reading(self, chosen: tuple[str, ...]) -> list[FeatureBlock]:
        return [block for block in self._blocks if block.input in chosen]

    def _scale(self, chosen: tuple[str, ...], block: FeatureBlock) -> float:
        """Return the factor of a block's rows: the balance for the last input among several."""
        return self.balance if len(chosen) > 1 and block.input == self._inputs[-1] else 1.0

    def _columns(self, examples: Examples, chosen: tuple[str, ...], rows: np.ndarray) -> Any:
        """Return the features of some examples side by side, sparse if a block's are, float32 (rows, columns)."""
        from scipy.sparse import issparse, vstack

        pieces = [  # joined in pieces, because SciPy holds what it joins three times
            self._joined(examples, chosen, rows[start : start + ROWS_AT_ONCE])
            for start in range(0, max(len(rows), 1), ROWS_AT_ONCE)
        ]
        if len(pieces) == 1:
            return pieces[0]
        return vstack(pieces, format="csr") if issparse(pieces[0]) else np.vstack(pieces)

    def _joined(self, examples: Examples, chosen: tuple[str, ...], rows: np.ndarray) -> Any:
        from scipy.sparse import hstack, issparse

        parts = []
        for block in self._reading(chosen):
            part = examples.rows[block.name][rows]  # a copy, which can be scaled in place
            part *= np.float32(self._scale(chosen, block))
            parts.append(part)
        if len(parts) == 1:
            return parts[0]
        if not any(map(issparse, parts)):
            return np.hstack(parts)
        return hstack([part if issparse(part) else _compressed(part) for part in parts], format="csr")


def _compressed(rows: np.ndarray) -> Any:
    """Return dense rows as a sparse matrix. SciPy would list the place of each number first, in much more memory."""
    from scipy.sparse import csr_matrix

    count, columns = rows.shape
    places = np.tile(np.arange(columns, dtype=np.int32), count)
    return csr_matrix((rows.ravel(), places, np.arange(count + 1, dtype=np.int32) * columns), shape=rows.shape)
