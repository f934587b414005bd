"""Compare the inputs beside the text, such as pictures, with training: have they moved?

Values that occur several times count once, because training data hold each once; whether an input is missing is
counted over all requests. Where the callers are many, the values of one caller count as dependent.
"""

from dataclasses import dataclass, field

import numpy as np

from textlab.evaluation.shift.movements import LengthShift
from textlab.evaluation.shift.separability import Separability
from textlab.export.measured import Measured
from textlab.export.reference import Reference
from textlab.inputs import kind_of, worded
from textlab.monitoring import measured_tests
from textlab.monitoring.dependence import caller_groups, repeated_groups
from textlab.monitoring.findings import Finding
from textlab.monitoring.input_tests import ShareChange
from textlab.monitoring.traffic import Traffic
from textlab.monitoring.watched_input import WatchedInput
from textlab.wording import counted

FEWEST_COMPARED = 50  # distinct values


@dataclass(frozen=True)
class ValueShift:
    """The differences between the values of an input in traffic and in training.

    Attributes:
        compared: the number of distinct values of the traffic.
        repeated: the share of the traffic's values that repeat another one.
        separability: how well a classifier tells the traffic from training; None without embeddings.
        traits: the traits, with their medians.
        forms: the shares of the forms, such as PNG.
        reference_traits, current_traits: the values of the traits, for figures.
    """

    compared: int
    repeated: float
    separability: Separability | None
    traits: tuple[LengthShift, ...]
    forms: tuple[ShareChange, ...]
    reference_traits: dict[str, np.ndarray] = field(repr=False)
    current_traits: dict[str, np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class OtherInputs:
    """The differences beside the words.

    Attributes:
        values: the shift of each input without words that could be compared.
        missing: for each input of a model with several, the share of examples without it.
        caveats: what could not be tested and why, in sentences.
    """

    values: dict[str, ValueShift]
    missing: dict[str, ShareChange]
    caveats: tuple[str, ...] = ()


def other_findings(reference: Reference, traffic: Traffic, seed: int = 0) -> tuple[OtherInputs, list[Finding]]:
    """Compare the inputs without words, and the shares of missing inputs, with training."""
    values: dict[str, ValueShift] = {}
    missing: dict[str, ShareChange] = {}
    caveats: list[str] = []
    findings: list[Finding] = []
    for name, training in reference.measured.items():
        shift, found, caveat = _compare(name, training, traffic, seed)
        values |= {name: shift} if shift else {}
        caveats += [caveat] if caveat else []
        findings += found
    for name, share in reference.missing.items():
        if (known := _missing(name, reference, traffic)) is not None:
            rows, is_missing = known
            groupings = [caller_groups(traffic.callers[rows]), _numbered(repeated_groups(traffic)[rows])]
            missing[name], finding = measured_tests.missing(
                name, share, reference.training_texts, is_missing, groupings
            )
            findings.append(finding)
    return OtherInputs(values, missing, tuple(caveats)), findings


def _compare(
    name: str, training: Measured, traffic: Traffic, seed: int
) -> tuple[ValueShift | None, list[Finding], str]:
    watched, word = traffic.others.get(name), kind_of(name).name
    distinct = np.arange(0) if watched is None else np.sort(np.unique(watched.keys, return_index=True)[1])
    if watched is None or min(len(distinct), len(training)) < FEWEST_COMPARED:
        few = f"The traffic has {counted(len(distinct), f'different {word}')} and the reference has {len(training):,}"
        return None, [], f"{few}, so they were not compared. At least {FEWEST_COMPARED} of each are needed."
    current, groups = _taken(watched.measured, distinct), caller_groups(traffic.callers[watched.rows[distinct]])
    separability, findings, caveat = None, [], ""
    if watched.has_embeddings:
        separability, finding = measured_tests.domain_classifier(name, training, current.embeddings, groups, seed)
        findings.append(finding)
    else:
        caveat = (
            f"The service recorded only the traits of {word}s, so no classifier compared them. Set "
            "TEXTLAB_API_RECORD_TEXTS=true, if you may record texts."
        )
    traits, second = measured_tests.traits(name, training, current, groups)
    forms, third = measured_tests.forms(name, training, current, groups)
    repeated = 1 - len(distinct) / len(watched.keys)
    shift = ValueShift(len(distinct), repeated, separability, traits, forms, training.traits, current.traits)
    return shift, [*findings, second, third], caveat


def _missing(name: str, reference: Reference, traffic: Traffic) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the rows in which it is known whether an input is missing, and whether it is; None if it never is."""
    if name in reference.measured:
        watched: WatchedInput | None = traffic.others.get(name)
        return None if watched is None or not len(watched.known) else (watched.known, watched.is_missing)
    if worded(reference.missing) != (name,):  # the recorded length is that of all texts together
        return None
    return np.arange(len(traffic)), traffic.characters == 0


def _taken(measured: Measured, rows: np.ndarray) -> Measured:
    return Measured(
        {trait: values[rows] for trait, values in measured.traits.items()},
        measured.embeddings[rows],
        measured.forms[rows],
    )


def _numbered(groups: np.ndarray) -> np.ndarray:
    """Number groups from 0 on without gaps."""
    return np.asarray(np.unique(groups, return_inverse=True)[1])
