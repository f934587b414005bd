"""A comparison's answer in sentences, written from its numbers."""

from collections.abc import Mapping
from typing import Any

from textlab.evaluation.statistics.comparison import Comparison

MOST_NAMED = 3  # models within noise that are named; the others are counted
AS_FAST = 1.25  # latencies within this factor are not said to differ: they vary by as much from run to run


def conclusion(comparison: Comparison, latency_ms: Mapping[str, float] | None = None) -> list[str]:
    """Which model is best and by how much, what is within noise of it, and what the test set cannot show.

    Scores and differences are in points: hundredths. p values are corrected for the number of pairs, intervals are not.

    Args:
        comparison: from `comparison.compare`.
        latency_ms: of one text through each exported model; what is missing or NaN is not spoken of.

    Returns:
        Three sentences; two for a single model, which has nothing to be compared with.
    """
    if len(comparison.intervals) == 1:
        return [
            f"{comparison.best} has {_score(comparison)} on {comparison.texts:,} test texts.",
            "It is the only model, so there is nothing to compare it with.",
        ]
    measured = {model: latency for model, latency in (latency_ms or {}).items() if latency > 0}
    return [_answer(comparison), _noise(comparison, measured), _limit(comparison)]


def pair_of(comparison: Comparison, first: str, second: str) -> dict[str, Any]:
    """The row of `Comparison.pairs` that is about these two models, whichever is better."""
    pairs = comparison.pairs
    row = pairs[pairs["better"].isin((first, second)) & pairs["worse"].isin((first, second))].iloc[0]
    return {str(column): value for column, value in row.items()}


def p_text(p: float) -> str:
    """A p value as papers write it: "p = 0.003", "p < 0.001"."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def _answer(comparison: Comparison) -> str:
    best, group = comparison.best, comparison.intervals["group"]
    told_apart = [str(model) for model in group.index[group > 1]]  # highest first
    if not told_apart:
        return f"No model is shown to be best: {best} has {_score(comparison)}, and none can be told apart from it."
    pair = pair_of(comparison, best, told_apart[0])
    if pair["better"] == best:
        # Where one within noise of it scores higher, nobody is shown to be best.
        is_highest = comparison.intervals.index[0] == best
        praise = f"{best} is best, with" if is_highest else f"None is shown to be better than {best}, which has"
        return f"{praise} {_score(comparison)}; the difference to {told_apart[0]} is {_difference(pair)}."
    return (
        f"{best} was chosen, with {_score(comparison)}, but {told_apart[0]} is better on test by {_difference(pair)}: "
        "validation and test disagree."
    )


def _score(comparison: Comparison) -> str:
    """Such as "a macro recall of 69.8 (69.0 to 70.7)"."""
    metric = comparison.metric
    columns = [metric, f"{metric}_low", f"{metric}_high"]
    score, low, high = 100 * comparison.intervals.loc[comparison.best, columns].astype(float)
    name = metric.replace("_", " ")
    interval = "" if low != low else f" ({low:.1f} to {high:.1f})"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name} of {score:.1f}{interval}"


def _difference(pair: dict[str, Any]) -> str:
    """Such as "1.2 points (0.4 to 2.0, p = 0.003)"."""
    interval = "" if pair["low"] != pair["low"] else f"{100 * pair['low']:.1f} to {100 * pair['high']:.1f}, "
    return f"{points(pair['difference'])} ({interval}{p_text(pair['p_holm'])})"


def points(difference: float) -> str:
    """A difference in hundredths: "1.2 points"."""
    number = f"{100 * difference:.1f}"
    return f"{number} {'point' if number == '1.0' else 'points'}"


def _noise(comparison: Comparison, latency_ms: Mapping[str, float]) -> str:
    best, group = comparison.best, comparison.intervals["group"]
    alike = [str(model) for model in group.index[group == 1] if model != best]
    if not alike:
        others = len(group) - 1
        return f"{'The other model is not' if others == 1 else f'None of the {others} others is'} within noise of it."
    alike.sort(key=lambda model: latency_ms.get(model, float("inf")))  # the fastest is what one may want instead
    named = []
    for model in alike[:MOST_NAMED]:
        pair = pair_of(comparison, best, model)
        side = "below" if pair["better"] == best else "above"
        speed = _speed(best, model, latency_ms)
        named.append(f"{model} is within noise ({points(pair['difference'])} {side}){speed}")
    if len(alike) > MOST_NAMED:
        named.append(f"so {'is' if len(alike) == MOST_NAMED + 1 else 'are'} {len(alike) - MOST_NAMED} more")
    return "; ".join(named) + "."


def _speed(best: str, model: str, latency_ms: Mapping[str, float]) -> str:
    if best not in latency_ms or model not in latency_ms:
        return ""
    times = latency_ms[best] / latency_ms[model]
    if 1 / AS_FAST < times < AS_FAST:
        return " and about as fast"
    return f" and {times_as_fast(times)}"


def times_as_fast(times: float) -> str:
    """A ratio of latencies in words: "2.4 times faster", "9 times slower"."""
    word, factor = ("faster", times) if times > 1 else ("slower", 1 / times)
    return f"{factor:.1f} times {word}" if factor < 3 else f"{factor:.0f} times {word}"


def _limit(comparison: Comparison) -> str:
    with_best = (comparison.pairs[["better", "worse"]] == comparison.best).any(axis=1)
    detectable = comparison.pairs.loc[with_best, "detectable"].median()
    return (
        f"{comparison.texts:,} test texts show a true difference to it of {points(detectable)} four times in five; "
        "a smaller one is easily missed."
    )
