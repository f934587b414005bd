"""The answer of a comparison in sentences, written from its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from textlab.evaluation.choice.champion import Champion
from textlab.evaluation.choice.wording import metric_text, p_text, points, relative_speed
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.power import POWER
from textlab.evaluation.statistics.significance import SIGNIFICANCE
from textlab.wording import listed

MOST_NAMED = 3  # ties that are named; the others are counted


def conclusion(
    test: Comparison,
    champion: Champion,
    latency_ms: Mapping[str, float] | None = None,
    runner_up: str | None = None,
) -> list[str]:
    """Recommend the champion, compare it with the runner-up and the others, and state the power of the test set.

    Scores and differences are in points (hundredths). Intervals are not corrected for the number of pairs.

    Args:
        test: the models on the test examples, the champion among them.
        champion: the choice made on validation.
        latency_ms: latency of each exported model for one text; a model without one has no speed in the text.
        runner_up: the second choice; by default the best other model on test.

    Returns:
        Paragraphs of one to three sentences: recommendation, runner-up, other models (if there are any), power. A
        model without rivals has the recommendation and a sentence that says so.
    """
    recommendation = f"We recommend {champion.name}: {score_text(test, champion.name)}. {champion.reason}"
    others = [str(name) for name in test.intervals.index if name != champion.name]
    if not others:
        return [recommendation, "No other model was compared."]
    runner_up = runner_up or others[0]
    rest = [name for name in others if name != runner_up]
    speeds = _speeds(champion.name, latency_ms or {})
    return [
        recommendation,
        _runner_up(test, champion.name, runner_up, speeds),
        *([_rest(test, champion.name, rest, speeds)] if rest else []),
        _power(test, champion.name),
    ]


def score_text(test: Comparison, name: str) -> str:
    """Write a test score with its interval: "macro recall 69.8 (69.0 to 70.7) on 2,000 test texts"."""
    metric = test.metric
    columns = [metric, f"{metric}_low", f"{metric}_high"]
    score, low, high = 100 * test.intervals.loc[name, columns].astype(float)
    interval = "" if low != low else f" ({low:.1f} to {high:.1f})"
    return f"{metric_text(metric)} {score:.1f}{interval} on {test.examples:,} test {test.noun}"


def _speeds(champion: str, latency_ms: Mapping[str, float]) -> dict[str, str]:
    """Say how fast each model is beside the champion: "9 times slower". Models without a latency are left out."""
    known = {name: latency for name, latency in latency_ms.items() if latency > 0}
    if champion not in known:
        return {}
    fastest_first = sorted(known, key=lambda name: known[name])
    return {name: relative_speed(known[champion] / known[name]) for name in fastest_first}


def _runner_up(test: Comparison, champion: str, name: str, speeds: Mapping[str, str]) -> str:
    pair = test.pair(champion, name)
    speed = f"is {speeds[name]} and " if name in speeds else ""
    if pair["difference"] == 0:
        return f"The runner-up, {name}, {speed}has the same score on test."
    is_significant = pair["p_holm"] < SIGNIFICANCE
    if not is_significant:
        verdict = f"The difference is not significant{' after correction' if pair['p'] < SIGNIFICANCE else ''}."
    else:
        disagreement = ": validation and test disagree" if pair["better"] == name else ""
        verdict = f"The difference is significant{disagreement}."
    score = f"scores {_difference(pair, name)} on test ({_evidence(test, pair)})"
    return f"The runner-up, {name}, {speed}{score}. {verdict}"


def _rest(test: Comparison, champion: str, names: Sequence[str], speeds: Mapping[str, str]) -> str:
    pairs = {name: test.pair(champion, name) for name in names}
    tied = [name for name in names if pairs[name]["p_holm"] >= SIGNIFICANCE]
    differing = [name for name in names if name not in tied]
    better = [name for name in differing if pairs[name]["better"] == name]
    sentences = [
        f"{name} is significantly better on test, by {points(pairs[name]['difference'])} "
        f"({_evidence(test, pairs[name])}): validation and test disagree."
        for name in better
    ]
    if tied:
        sentences.append(_ties(champion, tied, pairs, speeds))
    if worse := [name for name in differing if name not in better]:
        best = worse[0]  # names are sorted by score
        difference = f"{_difference(pairs[best], best)} ({_evidence(test, pairs[best])})"
        sentences.append(f"The best model that is significantly worse is {best}: {difference}.")
    return " ".join(sentences)


def _ties(champion: str, names: Sequence[str], pairs: Mapping[str, Any], speeds: Mapping[str, str]) -> str:
    """Name the fastest models that tie with the champion on test, and count the others."""
    order = {name: position for position, name in enumerate(speeds)}
    names = sorted(names, key=lambda name: order.get(name, len(order)))
    details = [
        f"{name} ({', '.join(filter(None, [_difference(pairs[name], name), speeds.get(name)]))})"
        for name in names[:MOST_NAMED]
    ]
    if len(names) > MOST_NAMED:
        details.append(f"{len(names) - MOST_NAMED} more")
    return f"{listed(details)} {'ties' if len(names) == 1 else 'tie'} with {champion} on test."


def _difference(pair: Mapping[str, Any], name: str) -> str:
    """Such as "0.9 points lower", for the model that is compared with the champion."""
    if pair["difference"] == 0:
        return "same score"
    return f"{points(pair['difference'])} {'higher' if pair['better'] == name else 'lower'}"


def _evidence(test: Comparison, pair: Mapping[str, Any]) -> str:
    """Such as "95% interval 0.4 to 2.0; p = 0.003, after Holm's correction p = 0.03"."""
    low, high = 100 * pair["low"], 100 * pair["high"]
    interval = f"{100 * test.confidence:.0f}% interval {low:.1f} to {high:.1f}; ".replace("-", "−")
    p, corrected = p_text(pair["p"]), p_text(pair["p_holm"])
    if pair["p"] == pair["p_holm"]:
        tested = p
    else:
        tested = f"{p} after Holm's correction" if p == corrected else f"{p}, after Holm's correction {corrected}"
    return ("" if low != low else interval) + tested


def _power(test: Comparison, champion: str) -> str:
    with_champion = (test.pairs[["better", "worse"]] == champion).any(axis=1)
    detectable = test.pairs.loc[with_champion, "detectable"]
    if (detectable == 0).all():
        return f"All models have the same scores on each of the {test.examples:,} test {test.noun}."
    return (
        f"With {test.examples:,} test {test.noun}, a true difference of {points(detectable.median())} would be "
        f"detected {100 * POWER:.0f}% of the time."
    )
