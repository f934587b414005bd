"""What a user wants of decisions, read from a grid file or from options, and checked."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from textlab.bundle_format.decisions import ABSTAIN
from textlab.spelling import nearest
from textlab.wording import listed

CONFIDENCE = 0.95
KEYS = ("costs", "precision", "recall", "accuracy", "coverage", "confidence")
Costs = Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True)
class Wishes:
    """What decisions should achieve. Nothing stated means: decide for the most probable class.

    Attributes:
        costs: the costs of mistakes; None for none. A list of k lists is a full matrix: a row for each right class, a
            column for each decided one, in the order of the classes. A mapping is short: `{"negative": 5}` says that
            missing `negative` costs 5, and `{"negative": {"positive": 9}}` that deciding for `positive` in its place
            costs 9. Every other mistake costs 1.
        precision: for some classes, the share of decisions for the class that should be right.
        recall: for some classes, the share of examples of the class that should be decided as such.
        accuracy: the share of answers that should be right; on other examples the decision is to abstain.
        coverage: the share of examples of each class whose prediction set should hold the right class.
        confidence: the probability, over validation samples, with which precision, recall and accuracy are kept.
    """

    costs: Costs | None = None
    precision: Mapping[str, float] = field(default_factory=dict)
    recall: Mapping[str, float] = field(default_factory=dict)
    accuracy: float | None = None
    coverage: float | None = None
    confidence: float = CONFIDENCE

    @property
    def is_empty(self) -> bool:
        """True if nothing is wanted."""
        stated = (self.costs, self.accuracy, self.coverage)
        return all(each is None for each in stated) and not self.precision and not self.recall

    def document(self) -> dict[str, Any]:
        """Return the wishes as `read_wishes` takes them."""
        stated = {name: getattr(self, name) for name in KEYS}
        return {name: value for name, value in stated.items() if value is not None and value != {}}

    def check_classes(self, label_names: Sequence[str]) -> None:
        """Check the wishes against the classes of a dataset.

        Raises:
            ValueError: a wish names an unknown class, a matrix has another size than the classes, or a class is called
                like the decision to abstain.
        """
        for name, stated in (("precision", self.precision), ("recall", self.recall)):
            _check_known(name, stated, label_names)
        self.cost_matrix(label_names)
        wants = {*self.precision, *self.recall}
        if ABSTAIN in label_names and (self.accuracy is not None or wants == set(label_names)):
            raise ValueError(
                f"A class is called '{ABSTAIN}', so the decision to abstain could not be told from it. Rename the "
                "class, or state no accuracy."
            )

    def cost_matrix(self, label_names: Sequence[str]) -> np.ndarray | None:
        """Return the costs, float (k, k) with a row for each right class; None if none are stated.

        Raises:
            ValueError: the costs name an unknown class, or a matrix does not have k rows of k numbers.
        """
        if self.costs is None:
            return None
        if not isinstance(self.costs, Mapping):
            return _full_matrix(self.costs, label_names)
        _check_known("costs", self.costs, label_names)
        matrix = 1.0 - np.eye(len(label_names))
        for place, name in enumerate(label_names):
            stated = self.costs.get(name, {})
            if isinstance(stated, Mapping):
                _check_known(f"costs of '{name}'", stated, label_names)
                for other, cost in stated.items():
                    matrix[place, list(label_names).index(other)] = cost
            else:
                matrix[place] = float(stated) * (1.0 - np.eye(len(label_names))[place])
        return _reasonable(matrix, label_names)


def read_wishes(document: Mapping[str, Any]) -> Wishes:
    """Read wishes from plain values, as the key `decision` of a grid states them.

    Raises:
        ValueError: a key is unknown, or a value is not valid. `Wishes.check_classes` checks the names of classes.
    """
    if not isinstance(document, Mapping):
        raise ValueError(f"'decision' is {document!r}. State keys below it: {', '.join(KEYS)}.")
    for key in document:
        if key not in KEYS:
            raise ValueError(f"unknown key 'decision.{key}'.{nearest(str(key), KEYS)}")
    shares = {name: _shares(name, document[name]) for name in ("precision", "recall") if name in document}
    if twice := sorted(set(shares.get("precision", {})) & set(shares.get("recall", {}))):
        raise ValueError(
            f"both precision and recall are stated for {listed(twice)}. One threshold can only keep one of them: state "
            "one for each class."
        )
    costs = _named(document.get("costs"))
    if costs is not None:
        _check_costs(costs)
        if any(shares.values()):
            raise ValueError(
                "costs are stated together with precision or recall. Each of them decides the class: state one of them."
            )
    single = {name: _share(name, document[name]) for name in ("accuracy", "coverage", "confidence") if name in document}
    return Wishes(
        costs,
        shares.get("precision", {}),
        shares.get("recall", {}),
        single.get("accuracy"),
        single.get("coverage"),
        single.get("confidence", CONFIDENCE),
    )


def _shares(name: str, stated: object) -> dict[str, float]:
    if not isinstance(stated, Mapping) or not stated:
        raise ValueError(f"'decision.{name}' is {stated!r}. Name classes in it, such as {{negative: 0.9}}.")
    return {label: _share(f"{name}.{label}", value) for label, value in _named(stated).items()}


def _named(stated: Any) -> Any:
    """Return a value with every key as the name of a class: YAML reads the class 1 as a number, and true as a truth."""
    if not isinstance(stated, Mapping):
        return stated
    return {str(key).lower() if isinstance(key, bool) else str(key): _named(value) for key, value in stated.items()}


def _share(name: str, value: object) -> float:
    if not _is_number(value) or not 0 < float(value) < 1:  # type: ignore[arg-type]
        raise ValueError(f"'decision.{name}' is {value!r}. State a share between 0 and 1, such as 0.9.")
    return float(value)  # type: ignore[arg-type]


def _check_costs(costs: object) -> None:
    """Raise ValueError unless the costs are a mapping or lists of numbers that are not negative."""
    if isinstance(costs, Mapping) and costs:
        rows: list[tuple[str, object]] = [(f"costs.{name}", value) for name, value in costs.items()]
    elif isinstance(costs, Sequence) and not isinstance(costs, str) and costs:
        rows = [(f"costs, row {number}", row) for number, row in enumerate(costs, start=1)]
        if any(not isinstance(row, Sequence) or isinstance(row, str) for row in costs):
            raise ValueError("'decision.costs' is a list whose rows are not all lists. Write a row for each class.")
    else:
        raise ValueError(
            f"'decision.costs' is {costs!r}. State what missing a class costs, such as {{negative: 5}}, or a full "
            "matrix with a row for each right class."
        )
    for name, row in rows:
        cells: list[Any] = [row]
        if isinstance(row, Mapping):
            cells = list(row.values())
        elif isinstance(row, Sequence) and not isinstance(costs, Mapping):  # a matrix has rows, a mapping has not
            cells = list(row)
        for cell in cells:
            if not _is_number(cell) or float(cell) < 0:
                raise ValueError(f"'decision.{name}' holds {cell!r}. A cost is a finite number from 0.")


def _is_number(value: object) -> bool:
    # An int may be larger than any float.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _full_matrix(rows: Sequence[Any], label_names: Sequence[str]) -> np.ndarray:
    classes = len(label_names)
    sizes = [len(row) for row in rows]
    if sizes != [classes] * classes:
        raise ValueError(
            f"'decision.costs' has {len(rows)} rows of {listed(sorted(set(map(str, sizes))))} numbers, and there are "
            f"{classes} classes. Write {classes} rows of {classes} numbers, in the order {', '.join(label_names)}."
        )
    return _reasonable(np.array(rows, dtype=float), label_names)


def _reasonable(matrix: np.ndarray, label_names: Sequence[str]) -> np.ndarray:
    """Return the matrix, unless a right answer costs more than a mistake, or nothing costs more than anything else."""
    for place, name in enumerate(label_names):
        cheaper = np.flatnonzero(matrix[place] < matrix[place, place])
        if len(cheaper):
            raise ValueError(
                f"by 'decision.costs', deciding for '{name}' costs {matrix[place, place]:g} where it is right, and "
                f"deciding for '{label_names[cheaper[0]]}' costs {matrix[place, cheaper[0]]:g}. Rows are right "
                "classes, and a right answer may not cost more than a mistake."
            )
    if (matrix == matrix[:, :1]).all():
        raise ValueError("by 'decision.costs', all answers cost the same. State a cost above 0 for some mistake.")
    return matrix


def _check_known(name: str, stated: Mapping[str, Any], label_names: Sequence[str]) -> None:
    for label in stated:
        if label not in label_names:
            raise ValueError(f"'decision.{name}' names the unknown class '{label}'.{nearest(str(label), label_names)}")
