"""The recorded values of one input beside the text: how many are missing, and the measures of a sample."""

import base64
import binascii
import json
import random
from dataclasses import dataclass, field

import numpy as np

from textlab.export.measured import Measured, together
from textlab.inputs import kind_of
from textlab.inputs.measures import UNREADABLE, Measures
from textlab.monitoring.recorded_line import RecordedMeasures

MOST_VALUES = 20_000


@dataclass(frozen=True, eq=False)
class WatchedInput:
    """What traffic recorded of an input.

    Attributes:
        known: int64 (k,), rows of the traffic in which the input was recorded or known to be missing, ascending.
        is_missing: bool (k,), whether it was missing in these rows.
        rows: int64 (m,), rows whose values are measured, ascending. At most MOST_VALUES, sampled at random.
        keys: str (m,). Rows with the same value have the same key.
        measured: the measures of the m values.
        has_embeddings: whether embeddings were recorded.
    """

    known: np.ndarray
    is_missing: np.ndarray
    rows: np.ndarray
    keys: np.ndarray
    measured: Measured
    has_embeddings: bool


@dataclass(eq=False)
class InputColumn:
    """The values of an input, while lines are read.

    Attributes:
        name: the input.
        seed: random seed of the sample.
    """

    name: str
    seed: int
    known: list[tuple[int, bool]] = field(default_factory=list)
    sample: list[tuple[int, str, Measures]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random, self._offered, self._traits = random.Random(self.seed), 0, set(kind_of(self.name).traits)

    def add(self, row: int, value: str | RecordedMeasures) -> None:
        """Add the recorded value of a row; a string stands for a missing one."""
        self.known.append((row, isinstance(value, str)))
        if isinstance(value, str) or value.form == UNREADABLE or not self._traits <= value.traits.keys():
            return
        key = value.sha256 or json.dumps(value.traits, sort_keys=True)
        entry = row, key, Measures(value.form, value.traits, _decoded(value.embedding))
        self._offered += 1
        if len(self.sample) < MOST_VALUES:
            self.sample.append(entry)
        elif (place := int(self._random.random() * self._offered)) < MOST_VALUES:
            self.sample[place] = entry

    def watched(self, position: np.ndarray) -> WatchedInput:
        """Return the values as arrays; `position`, int (n,), is the place of each row in the order of time."""
        known = sorted((int(position[row]), is_missing) for row, is_missing in self.known)
        sample = sorted(((int(position[row]), key, each) for row, key, each in self.sample), key=lambda found: found[0])
        lengths = {len(each.embedding) for _, _, each in sample}
        has_embeddings = len(lengths) == 1 and lengths != {0}
        if not has_embeddings:
            sample = [(row, key, each._replace(embedding=b"")) for row, key, each in sample]
        return WatchedInput(
            np.array([row for row, _ in known], np.int64),
            np.array([is_missing for _, is_missing in known], bool),
            np.array([row for row, _, _ in sample], np.int64),
            np.array([key for _, key, _ in sample], str),
            together(kind_of(self.name).traits, [each for _, _, each in sample]),
            has_embeddings,
        )


def _decoded(embedding: str) -> bytes:
    try:
        return base64.b64decode(embedding, validate=True)
    except binascii.Error:
        return b""
