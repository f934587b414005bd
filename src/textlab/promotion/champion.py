"""Which run of a grid is to be promoted: validation decides, and a tie within noise goes to the faster model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from textlab import tracking
from textlab.evaluation.comparison import compare
from textlab.evaluation.conclusion import AS_FAST, p_text
from textlab.evaluation.pairwise import SIGNIFICANCE, holm


@dataclass(frozen=True)
class Champion:
    """The choice.

    Attributes:
        name: of the model to promote.
        leader: the model with the highest score on validation.
        reason: in one sentence.
    """

    name: str
    leader: str
    reason: str


def champion_of(runs: Sequence[Any], metric: str) -> tuple[Any, str]:
    """The run to promote among those of a grid, and the reason in a sentence.

    Args:
        runs: of MLflow; those without a finished model are left out.
        metric: the primary one.

    Raises:
        ValueError: no run is done, or see `comparison.compare`. FileNotFoundError: a run's predictions are missing.
    """
    done = {_name(run): run for run in runs if _has_model(run)}
    if not done:
        raise ValueError("No run of this grid is done, so it has no champion. Run it: python run_experiments.py")
    validation = {name: tracking.load_predictions(run.info.run_id, "validation") for name, run in done.items()}
    latency = {name: run.data.metrics.get("latency_ms", float("nan")) for name, run in done.items()}
    champion = choose_champion(validation, metric, latency)
    return done[champion.name], champion.reason


def _has_model(run: Any) -> bool:
    return run.data.tags.get("textlab.status") == "done" and "textlab.model" in run.data.tags


def _name(run: Any) -> str:
    """For people, and never the same for two runs."""
    return f"{run.info.run_name} ({run.info.run_id[:8]})"


def choose_champion(validation: Mapping[str, pd.DataFrame], metric: str, latency_ms: Mapping[str, float]) -> Champion:
    """The highest score on validation, or the fastest of those that cannot be told apart from it there.

    Only differences to the highest are asked about, so Holm's correction is for those: over all pairs, most of them
    between models that nobody would promote, it would hide a true difference of several points.

    Latencies within a quarter of each other count as equal, since they vary by as much from run to run; of equally
    fast models the higher score decides.

    Args:
        validation: for each model's name its predictions on the validation texts.
        metric: that decides.
        latency_ms: of one text; a model whose latency is NaN wins no tie.

    Raises:
        ValueError: see `comparison.compare`.
    """
    comparison = compare(validation, metric)
    leader = comparison.best
    points = {str(name): 100 * float(score) for name, score in comparison.intervals[metric].to_dict().items()}
    noise = _against(leader, comparison.pairs)
    alike = [name for name in points if noise.get(name, 1.0) >= SIGNIFICANCE]  # highest first
    fastest = min((latency_ms[name] for name in alike if latency_ms[name] > 0), default=float("nan"))
    name = next((name for name in alike if latency_ms[name] <= AS_FAST * fastest), leader)
    highest = f"{leader} has the highest {metric.replace('_', ' ')} on validation, {points[leader]:.1f}"
    if name != leader:
        below = points[leader] - points[name]
        reason = (
            f"{highest}, but {name} is within noise of it ({below:.1f} points below, {p_text(noise[name])}) "
            f"and faster ({latency_ms[name]:.2g} against {latency_ms[leader]:.2g} ms)."
        )
    elif len(alike) > 1:
        reason = f"{highest}; of the {len(points) - 1} others {len(alike) - 1} within noise of it, none clearly faster."
    else:
        reason = f"{highest}; none of the {len(points) - 1} others is within noise of it."
    return Champion(name, leader, reason)


def _against(leader: str, pairs: pd.DataFrame) -> dict[str, float]:
    """The p value of each other model's difference to the leader, corrected for the number of other models."""
    asked = pairs[(pairs[["better", "worse"]] == leader).any(axis=1)]
    others = asked["better"].where(asked["better"] != leader, asked["worse"])
    return dict(zip(others, holm(asked["p"]), strict=True))
