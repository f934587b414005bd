"""The tests of an input without words, such as pictures: each compares its measures with the reference.

Each function takes the input's name, the reference, the traffic, and the groups of its values, int (n,): values of one
group depend on each other. Counts are divided by their design effect before they are tested, see `input_tests`.
"""

from collections import Counter

import numpy as np

from textlab.evaluation.shift.class_shares import shares_p
from textlab.evaluation.shift.findings import auc_text, share
from textlab.evaluation.shift.movements import LengthShift, length_shift, two_shares_p
from textlab.evaluation.shift.separability import Separability, sequential_separability
from textlab.evaluation.statistics.design_effect import design_effect, effective_groups
from textlab.export.measured import Measured
from textlab.inputs import kind_of
from textlab.monitoring.dependence import fewest_effective, inflation, with_few_groups
from textlab.monitoring.findings import Finding, Kind
from textlab.monitoring.input_tests import (
    DOMAIN_WEIGHT,
    FEWEST_REFERENCE,
    OTHER_WEIGHT,
    REFERENCE_RATIO,
    WORDS_WEIGHT,
    ShareChange,
)
from textlab.wording import listed

NAMED = 3  # traits that a sentence names
SURE_P = 0.01  # of a trait that a sentence names, after correction


def domain_classifier(
    name: str, reference: Measured, embeddings: np.ndarray, groups: np.ndarray, seed: int
) -> tuple[Separability, Finding]:
    """Measure how well a classifier of embeddings, uint8 (n, d), tells the traffic from training."""
    size = min(len(reference), max(REFERENCE_RATIO * len(embeddings), FEWEST_REFERENCE))
    rows = np.random.default_rng(seed).choice(len(reference), size, replace=False)
    features = np.concatenate([reference.embeddings[rows], embeddings]).astype(np.float32)
    is_current = np.arange(len(features)) >= size
    found = sequential_separability(features, is_current, np.concatenate([np.arange(size), size + groups]), seed)
    values = f"{kind_of(name).name}s"
    sentence = (
        f"A classifier tells the {values} of the traffic from training {values} with an AUC of {auc_text(found.auc)} "
        f"({auc_text(found.low)} to {auc_text(found.high)}; chance is 0.50)."
    )
    return found, Finding(Kind.INPUTS, f"{name}: domain classifier", found.p, found.auc, sentence, DOMAIN_WEIGHT)


def traits(
    name: str, reference: Measured, current: Measured, groups: np.ndarray
) -> tuple[tuple[LengthShift, ...], Finding]:
    """Compare each trait by the Kolmogorov-Smirnov test. The finding's p value is that of Simes (1986)."""
    from scipy.stats import false_discovery_control, rankdata

    shifts = []
    for trait, values in current.traits.items():
        inflated = float(design_effect(rankdata(values)[:, None], groups)[0])
        shifts.append(length_shift(trait, reference.traits[trait], values, inflated))
    adjusted = false_discovery_control([each.p for each in shifts])
    order = np.lexsort([[-each.distance for each in shifts], adjusted])
    p = with_few_groups(float(adjusted.min()), effective_groups(groups))
    moved = [shifts[place] for place in order if adjusted[place] < SURE_P]
    distance = max(each.distance for each in shifts)
    sentence = _traits_sentence(f"{kind_of(name).name}s", moved)
    return tuple(shifts), Finding(Kind.INPUTS, f"{name}: traits", p, distance, sentence, WORDS_WEIGHT)


def _traits_sentence(values: str, moved: list[LengthShift]) -> str:
    if not moved:
        return f"No trait of the {values} has moved."
    named = [f"{each.unit} ({trait_text(each.reference)} to {trait_text(each.current)})" for each in moved[:NAMED]]
    if len(moved) > NAMED:
        named.append(f"{len(moved) - NAMED} more")
    return f"These traits of the {values} have moved from training to the traffic (medians): {listed(named)}."


def trait_text(value: float) -> str:
    """Write a trait with three digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def forms(
    name: str, reference: Measured, current: Measured, groups: np.ndarray
) -> tuple[tuple[ShareChange, ...], Finding]:
    """Compare the shares of the forms, such as PNG."""
    before, now = Counter(reference.forms.tolist()), Counter(current.forms.tolist())
    names = sorted({*before, *now})
    indicators = (current.forms[:, None] == np.array(names)).astype(float)
    inflated = np.average(design_effect(indicators, groups), weights=1 - indicators.mean(axis=0) + 1e-9)
    table = np.array([[before[each] for each in names], [now[each] / inflated for each in names]])
    p = with_few_groups(shares_p(table), effective_groups(groups))
    changes = tuple(ShareChange(each, before[each] / len(reference), now[each] / len(current), p) for each in names)
    moved = max(changes, key=lambda one: abs(one.current - one.reference))
    sentence = (
        f"{share(moved.current)} of the {kind_of(name).name}s in the traffic and {share(moved.reference)} of those in "
        f"training are {moved.name}."
    )
    effect = moved.current - moved.reference
    return changes, Finding(Kind.INPUTS, f"{name}: forms", p, effect, sentence, OTHER_WEIGHT)


def missing(
    name: str, reference: float, training: int, is_missing: np.ndarray, groupings: list[np.ndarray]
) -> tuple[ShareChange, Finding]:
    """Compare the share of examples without the input.

    Args:
        name: the input.
        reference: the share in training.
        training: the number of training examples.
        is_missing: bool (n,), for each prediction of the traffic.
        groupings: int (n,) each, ways to group the predictions.
    """
    inflated = float(inflation(is_missing[:, None].astype(float), groupings)[0])
    count, size = float(is_missing.sum()) / inflated, len(is_missing) / inflated
    p = float(two_shares_p(np.array([reference * training]), training, np.array([count]), size)[0])
    word = kind_of(name).name
    current = float(is_missing.mean())
    change = ShareChange(f"no {word}", reference, current, with_few_groups(p, fewest_effective(groupings)))
    sentence = f"{share(current)} of the requests and {share(reference)} of the training examples have no {word}."
    return change, Finding(Kind.INPUTS, f"{name}: missing", change.p, current - reference, sentence, OTHER_WEIGHT)
