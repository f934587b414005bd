"""One look at a window of traffic: everything that its page, its gauges and its verdict need."""

import dataclasses
import json
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from textlab.monitoring.change import Change
from textlab.monitoring.labelled import RealScore
from textlab.monitoring.performance import Estimate
from textlab.monitoring.power import Power
from textlab.monitoring.timeline import CHANGE, Timeline

FORMAT = 1
EXIT_QUIET, EXIT_DRIFT = 0, 3


class Verdict(StrEnum):
    """The answer of a look."""

    QUIET = "quiet"
    DRIFT = "drift"
    TOO_FEW = "too few predictions to judge"


@dataclass(frozen=True)
class JudgedFinding:
    """A finding with the decision on it.

    Attributes:
        kind, name, p, effect, sentence: those of the `Finding`.
        adjusted_p: corrected for all tests of the look, so that it can be compared with the look's alpha.
        is_alarm: whether it is one of the reasons for the verdict DRIFT.
    """

    kind: str
    name: str
    p: float
    effect: float
    sentence: str
    adjusted_p: float
    is_alarm: bool


@dataclass(frozen=True, eq=False)
class Look:
    """One look at a window of traffic. Times are in seconds since 1970.

    Attributes:
        name, version: the champion.
        label_names: its k classes.
        since, until: the window.
        made: when the look was made.
        alpha: the false-alarm budget of the look; `full_alpha` is what a look at new traffic alone gets.
        full_alpha: the option --alpha.
        is_repeated: whether the answer is that of an earlier look at the same traffic.
        predictions, callers: the number of predictions in the window, and of callers who asked for them.
        texts: the number of predictions whose text was compared.
        skipped: for each reason, in words, the number of recorded lines that were not used.
        verdict: what the look says.
        summary: the verdict and its reasons, one sentence each.
        findings: every test, those with the smallest adjusted p first.
        inputs: whether the texts have moved; None if no text was recorded.
        outputs: whether the predictions have moved; None if there are too few.
        estimate: the estimated scores; None if there are too few predictions.
        real_scores: scores where right labels are known.
        timeline: the figures over time; None without predictions.
        power: which changes the look finds; None if there are too few predictions.
    """

    name: str
    version: int
    label_names: tuple[str, ...]
    since: float
    until: float
    made: float
    alpha: float
    full_alpha: float
    is_repeated: bool
    predictions: int
    callers: int
    texts: int
    skipped: dict[str, int]
    verdict: Verdict
    summary: tuple[str, ...]
    findings: tuple[JudgedFinding, ...]
    inputs: Any
    outputs: Any
    estimate: Estimate | None
    real_scores: tuple[RealScore, ...]
    timeline: Timeline | None
    power: Power | None

    @property
    def is_drift(self) -> bool:
        """Whether at least one finding is an alarm."""
        return self.verdict is Verdict.DRIFT

    @property
    def alarms(self) -> list[str]:
        """The names of the findings that are alarms."""
        return [finding.name for finding in self.findings if finding.is_alarm]

    @property
    def change(self) -> Change | None:
        """The change over time, if it is an alarm."""
        return self.timeline.change if self.timeline and CHANGE in self.alarms else None

    @property
    def exit_code(self) -> int:
        """The exit code for schedulers: 0 for quiet, 3 for drift."""
        return EXIT_DRIFT if self.is_drift else EXIT_QUIET

    def to_json(self) -> str:
        """Write the look as JSON. A number that is not finite becomes null."""
        return json.dumps({"format": FORMAT} | plain(self), ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Turn dataclasses and arrays into what JSON knows. Fields that `repr` leaves out are left out here, too."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value) if field.repr}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
