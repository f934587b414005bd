"""The champion: the best model on validation, or a faster one that ties with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from textlab.evaluation.choice.wording import SIMILAR_SPEED, p_text, points, speed_text
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.significance import SIGNIFICANCE


@dataclass(frozen=True)
class Champion:
    """The chosen model and the reason for the choice.

    Attributes:
        name: the model to use.
        leader: the model with the best validation score.
        tied: the leader and the models that tie with it on validation, the highest score first.
        why: the reason, as the predicate of a sentence about the champion.
    """

    name: str
    leader: str
    tied: tuple[str, ...]
    why: str

    @property
    def reason(self) -> str:
        """The reason in a sentence that names the champion."""
        return f"{self.name} {self.why}."


def choose_champion(validation: Comparison, latency_ms: Mapping[str, float] | None = None) -> Champion:
    """Choose the best model on validation; of models that tie with it, choose a faster one.

    Two models tie if the p value of their paired bootstrap test is at least 0.05. It is not corrected for the number
    of pairs. A correction guards against calling two models different. Here it would let more models tie the more
    models are tried, and so choose a worse one. Latencies within a factor of 1.25 count as equal, because they vary as
    much from run to run. Of equally fast models, the one with the higher score wins.

    Args:
        validation: the models on the validation examples. Its `best` is the leader.
        latency_ms: latency of each exported model for one text. A model whose latency is missing or NaN wins no tie.
    """
    leader = validation.best
    rivals = [str(model) for model in validation.intervals.index if model != leader]
    p_values = {model: float(validation.pair(leader, model)["p"]) for model in rivals}
    tied = (leader, *(model for model in rivals if p_values[model] >= SIGNIFICANCE))
    known = {model: latency for model, latency in (latency_ms or {}).items() if model in tied and latency > 0}
    name = next(model for model in tied if _is_fast(model, known)) if known else leader
    if name == leader:
        return Champion(name, leader, tied, _why_leader(len(rivals), len(tied) - 1, bool(known)))
    difference = f"{points(validation.pair(leader, name)['difference'])} apart, {p_text(p_values[name])}"
    speed = f"is {speed_text(known[leader] / known[name])}" if leader in known else "has a measured latency"
    return Champion(name, leader, tied, f"ties with the best validation model, {leader} ({difference}), and {speed}")


def _is_fast(model: str, latency_ms: Mapping[str, float]) -> bool:
    """Whether a model is about as fast as the fastest."""
    return latency_ms.get(model, float("inf")) <= SIMILAR_SPEED * min(latency_ms.values())


def _why_leader(rivals: int, ties: int, is_measured: bool) -> str:
    """Say why the leader is the champion, as a predicate."""
    if not rivals:
        return "is the only run"
    if not ties:
        return "has the best validation score, and no other run ties statistically"
    tied = "1 other run ties" if ties == 1 else f"{ties} other runs tie"
    faster = f"{'is not' if ties == 1 else 'none is'} clearly faster" if is_measured else "no latency was measured"
    return f"has the best validation score; {tied} statistically, but {faster}"
