"""The decision rules of a bundle, computed from a user's wishes and from validation predictions."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from textlab.bundle_format.decisions import DecisionRules
from textlab.evaluation.classification.deciding.costs import mean_cost
from textlab.evaluation.classification.deciding.guarantees import (
    best_share,
    fewest_for_recall,
    fewest_for_set,
    recall_threshold,
    safe_threshold,
    set_threshold,
)
from textlab.evaluation.classification.predictions import class_indices, label_names_of, nouns_of, probabilities_of
from textlab.evaluation.wishes import Wishes
from textlab.wording import counted, shortlist

Kind = Literal["costs", "precision", "recall", "accuracy", "coverage"]


@dataclass(frozen=True)
class Promise:
    """One of the wishes, and what validation says about it.

    Attributes:
        kind: the wish.
        label: the class that it is about; "" for all.
        wanted: the stated share; None for costs.
        statement: the wish in words, such as "precision of negative at least 90 %".
        problem: why it cannot be kept, with the best that can be; "" if it can.
        threshold: the probability that keeps it; None if there is none, or one for each class.
        note: what follows from it that a user may not expect; "" for nothing.
    """

    kind: Kind
    label: str
    wanted: float | None
    statement: str
    problem: str = ""
    threshold: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Fitted:
    """The rules for a model, and what they promise.

    Attributes:
        rules: the rules, without the promises that cannot be kept.
        promises: one for each wish.
    """

    rules: DecisionRules
    promises: tuple[Promise, ...]

    @property
    def problems(self) -> list[str]:
        """The reasons why promises cannot be kept, a sentence or two for each."""
        return [promise.problem for promise in self.promises if promise.problem]

    @property
    def notes(self) -> list[str]:
        """Consequences of the rules that a user may not expect, a sentence for each."""
        return [promise.note for promise in self.promises if promise.note]


def fit_rules(validation: pd.DataFrame, wishes: Wishes) -> Fitted:
    """Compute the rules that fulfil wishes on new examples, from a model's predictions on validation.

    Classes with a wanted recall come first, then those with a wanted precision, in the stated order. Each threshold is
    chosen on the examples for which no class before it is decided, so that it keeps its promise beside the others.

    Raises:
        ValueError: a wish does not fit the classes, see `Wishes.check_classes`.
    """
    names = label_names_of(validation)
    wishes.check_classes(names)
    fitting = _Fitting(validation, wishes)
    matrix = wishes.cost_matrix(names)
    if matrix is not None:
        fitting.decide_by_costs(matrix)
    for name, wanted in wishes.recall.items():
        fitting.keep_recall(name, wanted)
    for name, wanted in wishes.precision.items():
        fitting.keep_precision(name, wanted)
    if wishes.accuracy is not None:
        fitting.keep_accuracy(wishes.accuracy)
    if wishes.coverage is not None:
        fitting.cover(wishes.coverage)
    sentences = [promise.statement for promise in fitting.promises]
    stated = {"wishes": wishes.document(), "sentences": [*sentences, *(p.note for p in fitting.promises if p.note)]}
    return Fitted(replace(fitting.rules, stated=stated), tuple(fitting.promises))


class _Fitting:
    """The rules and promises so far."""

    def __init__(self, validation: pd.DataFrame, wishes: Wishes) -> None:
        self.names, self.confidence = label_names_of(validation), wishes.confidence
        self.probabilities = probabilities_of(validation)
        self.labels, self.nouns = class_indices(validation, "label"), nouns_of(validation)[1]
        self.rules, self.promises = DecisionRules(tuple(self.names)), list[Promise]()
        self._is_free = np.ones(len(self.labels), dtype=bool)  # no class with a threshold is decided yet

    @property
    def _sure(self) -> str:
        return f"with {_percent(self.confidence)} confidence"

    def decide_by_costs(self, matrix: np.ndarray) -> None:
        """Decide for the class with the lowest expected cost: Elkan (2001), "The foundations of cost-sensitive
        learning", equation 1. It needs calibrated probabilities, and no threshold of its own.
        """
        self.rules = replace(self.rules, costs=tuple(map(tuple, matrix.tolist())))
        cost = mean_cost(self.labels, self.rules.decided(self.probabilities), matrix)
        plain = mean_cost(self.labels, self.probabilities.argmax(axis=1), matrix)
        note = ""
        if cost > plain:
            note = (
                f"On validation, deciding by cost costs {cost:.3f} per example, and the most probable class "
                f"{plain:.3f}: the probabilities are badly calibrated, or validation is small."
            )
        self.promises.append(Promise("costs", "", None, "lowest expected cost", note=note))

    def keep_recall(self, name: str, wanted: float) -> None:
        """Find the threshold of a class that keeps its recall."""
        place = self.names.index(name)
        is_class = self.labels == place
        scores = np.where(self._is_free, self.probabilities[:, place], -1.0)[is_class]
        threshold = recall_threshold(scores, wanted, self.confidence)
        statement = f"recall of {name} at least {_percent(wanted)}, {self._sure}"
        if threshold is not None and threshold >= 0:
            self._add_threshold(Promise("recall", name, wanted, statement, threshold=threshold))
            return
        fewest = fewest_for_recall(wanted, self.confidence)
        problem = f"Validation does not support a {statement}: "
        if len(scores) < fewest:
            problem += (
                f"validation has {len(scores)} {self.nouns} of the class, and at least {fewest} are needed. Add "
                f"validation {self.nouns}, or state a lower share."
            )
        else:
            problem += "classes with a wanted recall before it take too many of its examples. State a lower share."
        self.promises.append(Promise("recall", name, wanted, statement, problem))

    def keep_precision(self, name: str, wanted: float) -> None:
        """Find the threshold of a class that keeps its precision."""
        place = self.names.index(name)
        scores, hits = self.probabilities[self._is_free, place], (self.labels == place)[self._is_free]
        threshold = safe_threshold(scores, hits, wanted, self.confidence)
        statement = f"precision of {name} at least {_percent(wanted)}, {self._sure}"
        if threshold is not None:
            self._add_threshold(Promise("precision", name, wanted, statement, threshold=threshold))
        else:
            problem = f"Validation does not support a {statement}: {self._best(scores, hits, wanted)}"
            self.promises.append(Promise("precision", name, wanted, statement, problem))

    def _add_threshold(self, promise: Promise) -> None:
        name, threshold = promise.label, float(promise.threshold or 0.0)
        self._is_free &= self.probabilities[:, self.names.index(name)] < threshold
        self.rules = replace(self.rules, thresholds={**self.rules.thresholds, name: threshold})
        note = ""
        if len(self.rules.thresholds) == len(self.names):
            note = (
                f"Each class has a threshold. {self.nouns.capitalize()} that reach none of them are left to a person."
            )
        self.promises.append(replace(promise, note=note))

    def keep_accuracy(self, wanted: float) -> None:
        """Find the confidence below which the decision is to abstain."""
        decided = self.rules.decided(self.probabilities)
        answered = decided >= 0
        scores = self.probabilities[np.arange(len(decided)), decided][answered]
        hits = (decided == self.labels)[answered]
        threshold = safe_threshold(scores, hits, wanted, self.confidence)
        statement = f"answers only where at least {_percent(wanted)} are right, {self._sure}"
        if threshold is None:
            problem = f"Validation does not support {statement} (threshold: none): {self._best(scores, hits, wanted)}"
            self.promises.append(Promise("accuracy", "", wanted, statement, problem))
            return
        self.rules = replace(self.rules, abstain_below=threshold)
        self.promises.append(Promise("accuracy", "", wanted, statement, threshold=threshold))

    def cover(self, coverage: float) -> None:
        """Find the probability with which each class belongs to a prediction set."""
        of_class = {name: self.probabilities[self.labels == place, place] for place, name in enumerate(self.names)}
        thresholds = {name: set_threshold(scores, coverage) for name, scores in of_class.items()}
        self.rules = replace(self.rules, coverage=thresholds)
        fewest = fewest_for_set(coverage)
        statement = f"sets that hold the right class for at least {_percent(coverage)} of each class"
        few = [f"{name} ({len(scores)} {self.nouns})" for name, scores in of_class.items() if len(scores) < fewest]
        note = ""
        if few:
            note = (
                f"Every set holds {shortlist(few)}: a coverage of {_percent(coverage)} needs {fewest} validation "
                f"{self.nouns} of a class, and validation has fewer."
            )
        self.promises.append(Promise("coverage", "", coverage, statement, note=note))

    def _best(self, scores: np.ndarray, hits: np.ndarray, wanted: float) -> str:
        """Say what can be promised in place of a wanted share of right answers."""
        best = best_share(scores, hits, wanted, self.confidence)
        fewest = fewest_for_recall(wanted, self.confidence)
        few = f"validation has {counted(len(scores), 'example')} for it, and at least {fewest:,} are needed; "
        found = "no share can be promised" if best is None else f"the best is {_percent(best)}"
        remedy = "Leave it out" if best is None else "State at most that"
        return f"{few if len(scores) < fewest else ''}{found}. {remedy}, or train a better model."


def _percent(share: float) -> str:
    """Write a share as people state it: "95 %", "99.5 %"."""
    return f"{100 * share:.4g} %"
