"""Challenger minus champion on one set of texts: the difference, its interval, tests, and what the texts can show."""

from dataclasses import dataclass

import pandas as pd

from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.classification.randomization import randomization_p
from textlab.evaluation.statistics.bootstrap import CONFIDENCE, RESAMPLES, bootstrap
from textlab.evaluation.statistics.power import detectable_difference

TAIL = (1 - CONFIDENCE) / 2  # significance of each one-sided test


@dataclass(frozen=True)
class Difference:
    """The difference between two models in one metric, as shares of one.

    Attributes:
        texts: number of texts.
        metric: the metric.
        champion, challenger: the scores.
        low, high: ends of the 95 % interval of challenger minus champion.
        challenger_low: lower end of the 95 % interval of the challenger's score.
        p_better, p_worse: one-sided p values of the randomization test.
        detectable: the smallest true difference that a test on these texts detects with a power of 80 %.
    """

    texts: int
    metric: str
    champion: float
    challenger: float
    low: float
    high: float
    challenger_low: float
    p_better: float
    p_worse: float
    detectable: float

    @property
    def difference(self) -> float:
        """The challenger's score minus the champion's."""
        return self.challenger - self.champion

    @property
    def is_better(self) -> bool:
        """Whether the challenger is shown to be better."""
        return self.low > 0 and self.p_better < TAIL

    @property
    def is_worse(self) -> bool:
        """Whether the challenger is shown to be worse."""
        return self.high < 0 and self.p_worse < TAIL

    def is_within(self, margin: float) -> bool:
        """Return whether the challenger is shown to be at most `margin` worse: it is not inferior."""
        return self.low > -margin


def difference_between(
    challenger: pd.DataFrame, champion: pd.DataFrame, metric: str, resamples: int = RESAMPLES
) -> Difference:
    """Compare two models on the same texts, by a paired bootstrap and a randomization test.

    The interval is that of the bootstrap (BCa). It always reaches as far as changes that no text has shown may reach:
    of n texts without such a change, up to 1 - 0.025^(1/n) of all texts may have it. Hanley and Lippman-Hand (1983),
    "If nothing goes wrong, is everything all right?". Without that, three texts would prove anything.

    Args:
        challenger, champion: the frames of `predictions_frame` on the same texts.
        metric: one of `decision_scores.score_names`.
        resamples: number of resamples and of random swaps.

    Raises:
        ValueError: the frames differ in classes or texts.
    """
    decisions = decisions_of({"challenger": challenger, "champion": champion})
    scored = bootstrap(decisions, [metric], resamples)[metric]
    paired = scored.difference(0, 1)
    observed, unseen = float(paired.observed[0]), 1 - TAIL ** (1 / len(challenger))
    low, high = paired.interval()
    p_better, p_worse = randomization_p(decisions, metric, resamples)
    own_low = scored.interval(0)[0]
    return Difference(
        texts=len(challenger),
        metric=metric,
        champion=float(scored.observed[1]),
        challenger=float(scored.observed[0]),
        low=min(observed - unseen, low),  # NaN, where no resample differs, never wins
        high=max(observed + unseen, high),
        challenger_low=min(float(scored.observed[0]) - unseen, own_low),
        p_better=p_better,
        p_worse=p_worse,
        detectable=max(detectable_difference(paired), unseen),
    )


def chance_within(difference: Difference, margin: float) -> float:
    """Return how often these texts would show two equally good models to be within the margin, a share of one.

    The standard error follows from the detectable difference, which is 2.8 times as large.
    """
    from scipy.special import ndtr, ndtri

    error = difference.detectable / (ndtri(1 - TAIL) + ndtri(0.8))
    return float(ndtr(margin / error + ndtri(TAIL)))
