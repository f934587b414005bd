"""Which model to use: the best on validation, or a faster one that cannot be told apart from it there."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from textlab.evaluation.choice.conclusion import AS_FAST, p_text, pair_of, points, times_as_fast
from textlab.evaluation.statistics.bootstrap import RESAMPLES
from textlab.evaluation.statistics.comparison import compare
from textlab.evaluation.statistics.pairwise import SIGNIFICANCE


@dataclass(frozen=True)
class Champion:
    """The choice and what it rests on.

    Attributes:
        name: the model to use.
        leader: the one with the highest score on validation.
        alike: the leader and the models within noise of it on validation, the highest first.
        reason: the choice in a sentence.
    """

    name: str
    leader: str
    alike: tuple[str, ...]
    reason: str


def choose_champion(
    validation: Mapping[str, pd.DataFrame],
    metric: str,
    latency_ms: Mapping[str, float] | None = None,
    leader: str | None = None,
    *,
    resamples: int = RESAMPLES,
) -> Champion:
    """The model that validation decides for; a tie within noise goes to the faster one.

    Within noise is a difference whose p of the paired bootstrap is not below 0.05. It is not corrected for the number
    of pairs: that guards against calling two models different, and here would call more of them alike, and choose a
    worse one, the more are tried. Latencies within a quarter of each
    other count as equal, since they vary by as much from run to run; of equally fast models the higher score decides.

    Args:
        validation: for each model's name its predictions on the validation texts.
        metric: that is compared, see `comparison.compare`.
        latency_ms: of one text through each exported model; a model whose latency is missing or NaN wins no tie.
        leader: the highest on validation, where another metric than `metric` says so.
        resamples: of the bootstrap.

    Raises:
        ValueError: see `comparison.compare`.
    """
    comparison = compare(validation, metric, leader, resamples=resamples)
    leader = comparison.best
    rivals = [str(model) for model in comparison.intervals.index if model != leader]
    p_values = {model: float(pair_of(comparison, leader, model)["p"]) for model in rivals}
    alike = [leader, *(model for model in rivals if p_values[model] >= SIGNIFICANCE)]
    known = {model: latency for model, latency in (latency_ms or {}).items() if model in alike and latency > 0}
    if not known:
        fast = [leader]
    else:
        fast = [model for model in alike if known.get(model, float("inf")) <= AS_FAST * min(known.values())]
    name = fast[0]
    if name != leader:
        speed = times_as_fast(known[leader] / known[name]) if leader in known else "faster"
        pair = pair_of(comparison, leader, name)
        reason = (
            f"On validation {leader} is highest, but {name} is within noise of it "
            f"({points(pair['difference'])}, {p_text(p_values[name])}) and {speed}, so {name} is the champion."
        )
    elif len(validation) == 1:
        reason = f"{leader} is the champion for want of another."
    elif len(alike) == 1:
        reason = f"On validation {leader} is ahead of every other by more than noise, so it is the champion."
    else:
        tied = "1 other is" if len(alike) == 2 else f"{len(alike) - 1} others are"
        reason = (
            f"On validation {leader} is highest; {tied} within noise of it and none clearly faster, "
            "so it is the champion."
        )
    return Champion(name, leader, tuple(alike), reason)
