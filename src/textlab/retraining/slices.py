"""Falls of the challenger on parts of the test texts, on classes and in behavioural tests, judged together.

All falls share one family-wise error rate of 5 % (Holm's correction). The tests are exact or nearly so for few texts,
which need no special rule: a slice of 12 texts shows a fall only if nearly all of its texts turn wrong.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from textlab.evaluation.behaviour.capabilities import TEST
from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.classification.metrics import metric_name
from textlab.evaluation.classification.predictions import label_names_of
from textlab.evaluation.classification.randomization import randomization_p
from textlab.evaluation.classification.slices import slices_of
from textlab.evaluation.statistics.bootstrap import RESAMPLES
from textlab.evaluation.statistics.significance import SIGNIFICANCE, holm

MOST_CLASSES = 50  # with more classes, each has few texts, and the correction would hide every fall
BEHAVIOUR = "behaviour"


@dataclass(frozen=True)
class Part:
    """The two models on one part of the evaluation.

    Attributes:
        kind: "length", "contains", "tag", "class" or "behaviour".
        name: the slice, the class or the behavioural test.
        texts: number of texts of the slice or the class, or of cases.
        champion, challenger: the scores, shares of one: the metric on a slice, the F1 score of a class, the share of
            cases without a failure in a behavioural test.
        p: the one-sided p value of "the challenger is worse".
        p_corrected: `p` after Holm's correction over all parts.
        least_lost: the number of texts that must turn wrong, while none turns right, before a fall can be shown.
    """

    kind: str
    name: str
    texts: int
    champion: float
    challenger: float
    p: float
    p_corrected: float = 1.0
    least_lost: int = 0

    @property
    def difference(self) -> float:
        """The challenger's score minus the champion's."""
        return self.challenger - self.champion

    @property
    def can_show_a_fall(self) -> bool:
        """Whether the part has enough texts to show any fall."""
        return self.texts >= self.least_lost

    def has_fallen(self, margin: float) -> bool:
        """Return whether the challenger is shown to be worse, and by more than the margin."""
        return self.p_corrected < SIGNIFICANCE and self.difference < -margin


def compare_parts(
    challenger: pd.DataFrame,
    champion: pd.DataFrame,
    metric: str,
    behaviour: Mapping[str, pd.DataFrame] | None = None,
    draws: int = RESAMPLES,
) -> list[Part]:
    """Compare two models on every slice, on every class and in every behavioural test.

    Args:
        challenger, champion: the frames of `predictions_frame` on the same test texts.
        metric: one of `decision_scores.score_names`, the score of a slice.
        behaviour: the results of `evaluation.behaviour.run_cases` on the same cases, for "challenger" and "champion".
        draws: number of random swaps in each test; more are drawn if the correction needs them.

    Returns:
        The parts, the smallest p value first.
    """
    parts = [*_slices(challenger, champion, metric, draws), *_behaviour(behaviour or {})]
    if not parts:
        return []
    corrected = holm(pd.Series([part.p for part in parts]))
    # An exact test of k texts that all turn wrong has p = 0.5^k.
    least = math.ceil(math.log2(len(parts) / SIGNIFICANCE))
    parts = [replace(part, p_corrected=float(p), least_lost=least) for part, p in zip(parts, corrected, strict=True)]
    return sorted(parts, key=lambda part: part.p)


def _slices(challenger: pd.DataFrame, champion: pd.DataFrame, metric: str, draws: int) -> Iterator[Part]:
    everything = champion["label"].notna()
    parts = [(kind, name, member, metric, int(member.sum())) for kind, name, member in slices_of(champion)]
    parts = [part for part in parts if part[0] != "all" and part[-1]]
    counts = champion["label"].value_counts()
    if len(names := label_names_of(champion)) <= MOST_CLASSES:
        # Not the recall alone: a model that predicts a class less often loses recall and gains precision.
        present = [name for name in names if name in counts]
        parts += [("class", name, everything, f"f1_{metric_name(name)}", int(counts[name])) for name in present]
    draws = max(draws, round(20 * len(parts) / SIGNIFICANCE))  # so that the least p value passes the correction
    for kind, name, member, of_part, texts in parts:
        decisions = decisions_of({"challenger": challenger[member], "champion": champion[member]})
        contributions = decisions.contributions()
        whole = contributions.sizes[None] @ contributions.patterns
        scores = decisions.scores(whole, [of_part])[of_part][0]
        _, p = randomization_p(decisions, of_part, draws)
        yield Part(kind, name, texts, float(scores[1]), float(scores[0]), p)


def _behaviour(results: Mapping[str, pd.DataFrame]) -> Iterator[Part]:
    """Compare failures on the same cases by the exact test of McNemar, one-sided."""
    if not results:
        return
    from scipy.stats import binomtest

    failed = results["champion"][TEST].assign(
        champion=results["champion"]["failed"], challenger=results["challenger"]["failed"]
    )
    for (phenomenon, kind), cases in failed.groupby(TEST, sort=False):
        lost = int((cases["challenger"] & ~cases["champion"]).sum())
        won = int((cases["champion"] & ~cases["challenger"]).sum())
        p = float(binomtest(lost, lost + won, alternative="greater").pvalue) if lost + won else 1.0
        champion, challenger = (1 - float(cases[model].mean()) for model in ("champion", "challenger"))
        yield Part(BEHAVIOUR, f"{phenomenon}, {kind}", len(cases), champion, challenger, p)
