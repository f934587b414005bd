"""The best possible scores on `catalogue`, derived from what each input reveals.

The joint distribution of classes and evidence is enumerated, so the scores are exact for articles without end. On a
test split of n articles, an accuracy p varies by about sqrt(p (1 - p) / n).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.data.sources.catalogue.articles import LABEL_NAMES, Article, outcomes

ROUNDS = 100
CONVERGED = 1e-12


@dataclass(frozen=True)
class BestPossible:
    """The best scores that any model can expect.

    Attributes:
        accuracy: of the decision for the most probable class.
        macro_f1: of the same decision; classes that are equally probable share their articles.
        macro_f1_of_any_rule: of the best rule found that may also give undecided articles to one class on purpose.
    """

    accuracy: float
    macro_f1: float
    macro_f1_of_any_rule: float


def best_possible(inputs: Sequence[str] = ("text", "image")) -> BestPossible:
    """Return the best scores of a model that reads the inputs, such as ("text",) or ("text", "image").

    Args:
        inputs: the inputs, of "text" and "image".
    """
    joint = _joint(inputs)
    decision = _most_probable(joint)
    accuracy = float((joint * decision).sum())
    return BestPossible(accuracy, _macro_f1(joint, decision), _macro_f1(joint, _improved(joint, decision)))


def evidence(article: Article, inputs: Sequence[str]) -> tuple[Any, ...]:
    """Return what the inputs reveal of an article."""
    known = {"text": article.text, "image": article.picture}
    return tuple(known[name] for name in inputs)


def _joint(inputs: Sequence[str]) -> np.ndarray:
    """Return the probability of each evidence with each class, (evidences, classes)."""
    rows: dict[Any, np.ndarray] = defaultdict(lambda: np.zeros(len(LABEL_NAMES)))
    for probability, article in outcomes():
        rows[evidence(article, inputs)][article.label] += probability
    return np.stack(list(rows.values()))


def _most_probable(joint: np.ndarray) -> np.ndarray:
    """Return the share of each evidence that is given to each class, (evidences, classes)."""
    is_best = np.isclose(joint, joint.max(axis=1, keepdims=True))
    return is_best / is_best.sum(axis=1, keepdims=True)


def _macro_f1(joint: np.ndarray, decision: np.ndarray) -> float:
    hits, true, predicted = _counts(joint, decision)
    return float((2 * hits / (true + predicted)).mean())


def _counts(joint: np.ndarray, decision: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weights = joint.sum(axis=1, keepdims=True)
    return (joint * decision).sum(axis=0), joint.sum(axis=0), (weights * decision).sum(axis=0)


def _improved(joint: np.ndarray, decision: np.ndarray) -> np.ndarray:
    """Give each evidence in turn to the class that gains most macro F1, or leave it, until nothing improves.

    A rule for macro F1 may sacrifice one class, to which it gives all articles that it cannot know.
    """
    best, score = decision.copy(), _macro_f1(joint, decision)
    for _ in range(ROUNDS):
        before = score
        for place in range(len(joint)):
            for label in range(joint.shape[1]):
                tried = best.copy()
                tried[place] = np.eye(joint.shape[1])[label]
                if (found := _macro_f1(joint, tried)) > score:
                    best, score = tried, found
        if score - before < CONVERGED:
            break
    return best
