"""Differences between models, with intervals and tests."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from textlab.evaluation.choice.wording import p_value
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, points, sentences, stacked, table
from textlab.report.sections.run_links import run_link, run_name

TEST_HEADINGS = {  # headings of columns of `pairwise.pair_table`; McNemar's test exists for some tasks only
    "p": "p",
    "p_holm": "p (Holm)",
    "mcnemar_p_holm": "McNemar p (Holm)",
    "detectable": "detectable difference",
}
COUNT_HEADINGS = {"only_better_right": "only better right", "only_worse_right": "only worse right"}


def differences(findings: Findings) -> Fragment:
    """Compare each model with the best on validation; all pairs of runs follow, collapsed."""
    pairs, leader = findings.comparison.pairs, findings.comparison.best
    if pairs.empty:
        return sentences("There is only one run, so there is no difference to test.")
    ranked = [name for name in findings.comparison.intervals.index if name in findings.representatives]
    others = [str(name) for name in ranked if name != leader]
    shown = _against(findings, leader, others) if others else sentences("All runs are seeds of one model.")
    folded = f"All {len(pairs)} pairs of runs" if len(pairs) > 1 else "The only pair of runs"
    return stacked(shown, _pairs(findings, pairs, folded=folded))


def _against(findings: Findings, leader: str, others: Sequence[str]) -> Fragment:
    """Compare others with the leader; a model below the leader has a minus sign."""
    headings = ["model", f"difference to {leader}, points", "95% interval"]
    headings += _headings(findings.comparison.pairs, TEST_HEADINGS)
    rows = []
    for name in others:
        pair = findings.comparison.pair(leader, name)
        is_above = pair["better"] == name
        sign, ends = ("+", ("low", "high")) if is_above else ("−", ("high", "low"))
        low, high = (pair[end] if is_above else -pair[end] for end in ends)
        difference = f"{sign if pair['difference'] else ''}{points(pair['difference'])}"
        texts = [difference, _interval(low, high), *_tests(pair)]
        link = run_link(findings, name)
        rows.append([run_name(findings, name), *(Field(text, link) for text in texts)])
    return table(headings, rows)


def _interval(low: float, high: float) -> str:
    """Return the interval; "–" if the difference is the same on all resamples."""
    return "–" if low != low else f"{points(low)} to {points(high)}".replace("-", "−")


def _headings(pairs: pd.DataFrame, headings: Mapping[str, str]) -> list[str]:
    """Return the headings of the columns that the pairs have."""
    return [heading for column, heading in headings.items() if column in pairs]


def _tests(pair: Mapping[Any, Any]) -> list[str]:
    """Return the texts below `TEST_HEADINGS`."""
    texts = {column: p_value(pair[column]) for column in ("p", "p_holm", "mcnemar_p_holm") if column in pair}
    if pair.get("mcnemar") == "exact":
        texts["mcnemar_p_holm"] += " (exact)"
    return [*texts.values(), points(pair["detectable"])]


def _pairs(findings: Findings, pairs: pd.DataFrame, folded: str) -> Fragment:
    """Show every pair, with the number of examples that only one of the two models gets right, if there are such."""
    headings: list[str | Field] = ["better", Field("worse", is_number=False), "difference, points", "95% interval"]
    headings += [*_headings(pairs, TEST_HEADINGS), *_headings(pairs, COUNT_HEADINGS)]
    rows = []
    for pair in pairs.to_dict("records"):
        link = run_link(findings, pair["better"])
        worse = Field(pair["worse"], run_link(findings, pair["worse"]), is_number=False)
        texts = [points(pair["difference"]), _interval(pair["low"], pair["high"]), *_tests(pair)]
        texts += [f"{pair[column]:,}" for column in COUNT_HEADINGS if column in pair]
        rows.append([run_name(findings, pair["better"]), worse, *(Field(text, link) for text in texts)])
    return table(headings, rows, folded)
