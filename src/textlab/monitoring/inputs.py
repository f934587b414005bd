"""Compare the inputs of the traffic with those of training: has the input moved?

Texts with the same words count once, because training data hold each text once. The share of repeated texts is shown.
Where the callers are many, the texts of one caller count as dependent.
"""

from dataclasses import dataclass, replace

import numpy as np

from textlab.evaluation.shift.languages import LanguageShift
from textlab.evaluation.shift.movements import LengthShift, Movement
from textlab.evaluation.shift.separability import Separability
from textlab.evaluation.shift.text_table import TextTable, text_table
from textlab.evaluation.statistics.design_effect import effective_groups
from textlab.export.reference import Reference
from textlab.monitoring import input_tests
from textlab.monitoring.dependence import caller_groups
from textlab.monitoring.findings import Finding
from textlab.monitoring.input_tests import ShareChange
from textlab.monitoring.other_inputs import OtherInputs, other_findings
from textlab.monitoring.traffic import Traffic

FEWEST_COMPARED = 50  # distinct texts


@dataclass(frozen=True)
class TextShift:
    """The differences between the texts of traffic and training.

    Attributes:
        compared: the number of distinct texts of the traffic.
        repeated: the share of the traffic's texts that repeat another one.
        separability: how well a classifier tells the traffic from training texts.
        movements: the words whose share moved, the surest first.
        unknown: the share of words that training does not know, in validation and in the traffic.
        features: the shares of texts with a link, an emoji and so on.
        languages: the languages.
    """

    compared: int
    repeated: float
    separability: Separability
    movements: tuple[Movement, ...]
    unknown: ShareChange
    features: tuple[ShareChange, ...]
    languages: LanguageShift


@dataclass(frozen=True)
class InputShift:
    """The differences between the input of traffic and training.

    Attributes:
        findings: the tests that were possible.
        lengths: the lengths in characters and, with texts, in words.
        texts: what moved in the texts; None if they are unknown or too few.
        missing: what could not be tested and why; "" if everything was.
        callers: the number of callers.
        by_caller: whether the texts of one caller count as dependent. If not, the callers are too few to estimate how
            much they differ, and a caller who sends more or less than usual can look like a shift.
        others: what moved in inputs without words, and which inputs are missing; None for a model of texts alone.
    """

    findings: tuple[Finding, ...]
    lengths: tuple[LengthShift, ...]
    texts: TextShift | None
    missing: str
    callers: int
    by_caller: bool
    others: OtherInputs | None = None


def input_findings(reference: Reference, traffic: Traffic, seed: int = 0, table: TextTable | None = None) -> InputShift:
    """Compare the inputs of the traffic with those of training.

    Args:
        reference: the champion's reference.
        traffic: the recorded predictions, at least one.
        seed: seed of the domain classifier.
        table: the texts of the traffic, if they have been looked at already.
    """
    if len(reference.characters):
        shift = _text_findings(reference, traffic, seed, table)
    else:
        callers = len(np.unique(traffic.callers))
        by_caller = effective_groups(caller_groups(traffic.callers)) < len(traffic)
        shift = InputShift((), (), None, "", callers, by_caller)
    if not (reference.measured or reference.missing):
        return shift
    others, findings = other_findings(reference, traffic, seed)
    return replace(shift, findings=(*shift.findings, *findings), others=others)


def _text_findings(reference: Reference, traffic: Traffic, seed: int, table: TextTable | None) -> InputShift:
    if table is None and traffic.texts:
        table = text_table(traffic.texts)
    distinct = _distinct(table)
    has_texts = table is not None and len(distinct) >= FEWEST_COMPARED
    callers = len(np.unique(traffic.callers))
    rows = traffic.text_rows[distinct] if has_texts else np.flatnonzero(_has_text(reference, traffic))
    if not len(rows):
        return InputShift((), (), None, "No request had a text, so texts were not compared.", callers, False)
    groups = caller_groups(traffic.callers[rows])
    length, length_finding = input_tests.length("characters", reference.characters, traffic.characters[rows], groups)
    by_caller = effective_groups(groups) < len(groups)
    if table is None or not has_texts:
        return InputShift((length_finding,), (length,), None, _missing(len(distinct)), callers, by_caller)
    repeated = 1 - len(distinct) / len(table)
    texts, findings = _compare_texts(reference, table.take(distinct), repeated, groups, seed)
    words, _ = input_tests.length("words", reference.words, table.words[distinct], groups)
    return InputShift((*findings, length_finding), (length, words), texts, "", callers, by_caller)


def _has_text(reference: Reference, traffic: Traffic) -> np.ndarray:
    """Return whether each request has a text, bool (n,). Missing texts are counted elsewhere."""
    return traffic.characters > 0 if reference.missing else np.ones(len(traffic), dtype=bool)


def _distinct(table: TextTable | None) -> np.ndarray:
    """Return the row of the first text of each series."""
    return np.arange(0) if table is None else np.sort(np.unique(table.series, return_index=True)[1])


def _compare_texts(
    reference: Reference, texts: TextTable, repeated: float, groups: np.ndarray, seed: int
) -> tuple[TextShift, list[Finding]]:
    separability, first = input_tests.domain_classifier(reference, texts, groups, seed)
    movements, second = input_tests.words(reference, texts, groups)
    unknown, third = input_tests.unknown(reference, texts, groups)
    features, fourth = input_tests.surface_features(reference, texts, groups)
    languages, fifth = input_tests.languages(reference, texts, groups)
    shift = TextShift(len(texts), repeated, separability, movements, unknown, features, languages)
    return shift, [first, second, third, fourth, fifth]


def _missing(distinct: int) -> str:
    if not distinct:
        return (
            "The service recorded no texts, so only their length was tested. Set TEXTLAB_API_RECORD_TEXTS=true, if you "
            "may record texts."
        )
    return (
        f"The service recorded only {distinct} different texts, so only their length was tested. At least "
        f"{FEWEST_COMPARED} are needed."
    )
