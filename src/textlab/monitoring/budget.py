"""The false-alarm budget of a look: all its tests together raise a false alarm with a probability of at most alpha."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.significance import holm
from textlab.monitoring.findings import Finding

DAYS_IN_YEAR = 365.25


@dataclass(frozen=True)
class Decision:
    """The alarms among the findings of a look.

    Attributes:
        alpha: the probability with which the look may raise at least one false alarm.
        findings: the findings, the surest first.
        adjusted: the adjusted p value of each finding. It is an alarm if that is at most `alpha`.
    """

    alpha: float
    findings: tuple[Finding, ...]
    adjusted: tuple[float, ...]

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that are alarms, the surest first."""
        pairs = zip(self.findings, self.adjusted, strict=True)
        return tuple(finding for finding, p in pairs if self.alpha > 0 and p <= self.alpha)


def decide(findings: Sequence[Finding], alpha: float) -> Decision:
    """Decide which findings are alarms: Holm's method with the findings' weights, see `significance.holm`.

    Args:
        findings: all tests of the look.
        alpha: what the look may spend, from `LookHistory.allowance`.

    Raises:
        ValueError: alpha is not in [0, 1).
    """
    if not 0 <= alpha < 1:
        raise ValueError(f"The false-alarm budget is {alpha}. Choose a share from 0 to below 1, such as 0.05.")
    weights = np.array([finding.weight for finding in findings], dtype=float)
    adjusted = holm(pd.Series([finding.p for finding in findings], dtype=float), weights)
    order = np.argsort(adjusted, kind="stable")
    return Decision(alpha, tuple(findings[index] for index in order), tuple(float(adjusted[index]) for index in order))


def false_alarms_a_year(alpha: float, window_days: float) -> float:
    """Return the largest expected number of looks with a false alarm in a year, if all traffic is looked at.

    Each prediction is charged once. So looks at overlapping windows, however many, cost together what looks at windows
    that follow each other would cost: alpha for each length of the window.
    """
    return alpha * DAYS_IN_YEAR / window_days
