"""decisions.json: how a class, an abstention or a set of classes follows from the probabilities of a classifier.

    {"format": 1,
     "costs": [[0, 1], [5, 0]],
     "thresholds": {"negative": 0.31},
     "abstain_below": 0.82,
     "coverage": {"negative": 0.12, "positive": 0.09},
     "stated": {"wishes": {...}, "sentences": [...]}}

A bundle without the file answers with the most probable class alone. `textlab.evaluation.classification.deciding`
computes the numbers from validation predictions.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .documents import EXTRA, BundleError, quoted, read_document, write_document

if TYPE_CHECKING:
    import numpy as np

DECISIONS = EXTRA / "decisions.json"
FORMAT = 1
ABSTAIN = "abstain"  # the decision to leave a text to a person; no class may have this name then
REMEDY = "Promote the model again, or update textlab."


class Decision(NamedTuple):
    """The decision about one example.

    Attributes:
        label: a class, or `ABSTAIN`.
        prediction_set: the classes that are plausible at the stated coverage; None if no coverage was stated.
    """

    label: str
    prediction_set: tuple[str, ...] | None


@dataclass(frozen=True)
class DecisionRules:
    """The content of decisions.json, with the classes that it is about.

    A class is decided in three steps. Where `thresholds` name classes, the first of them whose probability reaches its
    threshold is decided. Otherwise, of the classes without a threshold, the one with the lowest expected cost is
    decided; without costs, the most probable one. If no class is left, or if the probability of the decided class is
    below `abstain_below`, the decision is to abstain.

    For several labels per text, each threshold counts by itself, see `of_label`.

    Attributes:
        label_names: the k classes, in the order of the probabilities.
        costs: (k, k), the cost of deciding for the class of the column when the class of the row is right; None if no
            costs were stated.
        thresholds: the lowest probability with which a class is decided, for some of the classes, in their order of
            precedence.
        abstain_below: the lowest probability of a decided class; None for no abstention.
        coverage: for each class the lowest probability with which it belongs to a prediction set; empty for no sets.
        stated: what was asked for, in words and numbers.
    """

    label_names: tuple[str, ...]
    costs: tuple[tuple[float, ...], ...] | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    abstain_below: float | None = None
    coverage: Mapping[str, float] = field(default_factory=dict)
    stated: Mapping[str, Any] = field(default_factory=dict)

    @property
    def may_abstain(self) -> bool:
        """True if a decision may be to abstain."""
        return self.abstain_below is not None or len(self.thresholds) == len(self.label_names)

    def decide(self, probabilities: "np.ndarray") -> list[Decision]:
        """Decide about n examples from their probabilities, float (n, k)."""
        names = (*self.label_names, ABSTAIN)  # so that -1 is to abstain
        labels = [names[place] for place in self.decided(probabilities).tolist()]
        if not self.coverage:
            return [Decision(label, None) for label in labels]
        sets = self.in_sets(probabilities).tolist()
        return [
            Decision(label, tuple(compress(self.label_names, row))) for label, row in zip(labels, sets, strict=True)
        ]

    def decided(self, probabilities: "np.ndarray") -> "np.ndarray":
        """Return the decided classes as positions in `label_names`, int (n,); -1 is to abstain."""
        import numpy as np

        places = {name: self.label_names.index(name) for name in self.thresholds}
        scores = np.asarray(probabilities, dtype=np.float64)
        known = scores
        if self.costs is not None:
            scores = -(scores @ np.array(self.costs, dtype=np.float64))
        if places:
            scores = scores.copy()
            scores[:, list(places.values())] = -np.inf
        chosen = scores.argmax(axis=1)
        if len(places) == len(self.label_names):
            chosen[:] = -1
        for name, place in reversed(places.items()):  # the first has the last word
            chosen[known[:, place] >= self.thresholds[name]] = place
        if self.abstain_below is not None:
            chosen[known[np.arange(len(known)), chosen] < self.abstain_below] = -1
        return chosen

    def in_sets(self, probabilities: "np.ndarray") -> "np.ndarray":
        """Return which classes belong to the prediction set of each of n examples, bool (n, k)."""
        import numpy as np

        return np.asarray(probabilities, dtype=np.float64) >= [self.coverage[name] for name in self.label_names]

    def of_label(self, name: str, otherwise: float = 0.5) -> float:
        """Return the lowest probability with which a text gets a label, where a text may have several."""
        return self.thresholds.get(name, otherwise)


def write_decisions(folder: Path, rules: DecisionRules) -> None:
    """Write decisions.json into the bundle in `folder`."""
    document = {
        "format": FORMAT,
        "costs": rules.costs,
        "thresholds": rules.thresholds,
        "abstain_below": rules.abstain_below,
        "coverage": rules.coverage,
        "stated": rules.stated,
    }
    write_document(folder / DECISIONS, document)


def read_decisions(folder: Path, label_names: Sequence[str]) -> DecisionRules | None:
    """Read decisions.json of the bundle in `folder`; None if the bundle has none.

    Args:
        folder: a bundle whose files match the manifest.
        label_names: its classes, in the order of the probabilities.

    Raises:
        BundleError: the file is damaged, has an unknown format, or is about other classes.
    """
    if not (folder / DECISIONS).exists():
        return None
    document = read_document(folder, DECISIONS, all_finite=True)  # null says "never abstain", which NaN must not
    stated = document.get("format") if isinstance(document, dict) else None
    if type(stated) is not int or stated != FORMAT:
        raise BundleError(
            f"The bundle {folder} has decisions in format {quoted([repr(stated)])}; this version reads format "
            f"{FORMAT}. {REMEDY}"
        )
    try:
        return _rules(document, tuple(label_names))
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BundleError(f"The bundle {folder} is damaged: {DECISIONS} is not valid ({error}). {REMEDY}") from None


def _rules(document: Mapping[str, Any], names: tuple[str, ...]) -> DecisionRules:
    """Return the rules that a document states.

    Raises:
        TypeError, ValueError, AttributeError, OverflowError: it is not valid.
    """
    costs = document.get("costs")
    if costs is not None:
        costs = tuple(_numbers(row, len(names)) for row in costs)
        if len(costs) != len(names):
            raise ValueError(f"costs for {len(costs)} classes")
    thresholds = _by_class(document.get("thresholds") or {}, names)
    coverage = _by_class(document.get("coverage") or {}, names)
    if coverage and len(coverage) != len(names):
        raise ValueError("coverage of some of the classes")
    below = document.get("abstain_below")
    rules = DecisionRules(
        names, costs, thresholds, None if below is None else _share(below), coverage, dict(document.get("stated") or {})
    )
    if rules.may_abstain and ABSTAIN in names:
        raise ValueError(f"a class is called {ABSTAIN}")
    return rules


def _by_class(stated: Mapping[str, Any], names: Sequence[str]) -> dict[str, float]:
    if unknown := [name for name in stated if name not in names]:
        raise ValueError(f"unknown class {quoted(unknown)}")
    return {name: _share(value) for name, value in stated.items()}


def _share(value: object) -> float:
    (number,) = _numbers([value], 1)
    if number > 1:
        raise ValueError("a probability above 1")
    return number


def _numbers(values: Iterable[object], count: int) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values if type(value) in (int, float))  # type: ignore[arg-type]
    if len(numbers) != count or not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise ValueError(f"expected {count} numbers from 0")
    return numbers
