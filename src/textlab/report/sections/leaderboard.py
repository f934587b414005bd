"""All runs with their scores and intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

from textlab.evaluation import figures
from textlab.evaluation.choice.wording import metric_text
from textlab.report.findings import Findings
from textlab.report.html import Fragment, number, picture, points, render, sentences, stacked
from textlab.report.sections.run_links import reads, run_link


def board(findings: Findings, floor_notes: Mapping[str, str], beside: Sequence[str]) -> Fragment:
    """Show all runs, the best on validation first; then the floors, and the runs without a score.

    Args:
        findings: the findings.
        floor_notes: what each floor answers.
        beside: the metrics to show beside the compared one.
    """
    metric = findings.metric
    drawn = findings.comparison.intervals[[metric, f"{metric}_low", f"{metric}_high"]]
    low, high = drawn.min().min(), drawn.max().max()
    span = (high - low) or 1.0
    rows = [_row(findings, name, beside, low, span) for name in findings.entries]
    table = render(
        "leaderboard",
        rows=[*rows, *_floor_rows(findings, floor_notes, beside, low, span)],
        interval_heading=f"{metric_text(metric)} on test, {100 * findings.comparison.confidence:.0f}% interval",
        lowest=points(low),
        highest=points(high),
        others=[metric_text(name) for name in beside],
    )
    return stacked(table, _left_out(findings))


def _row(findings: Findings, name: str, beside: Sequence[str], low: float, span: float) -> dict[str, Any]:
    """Return what the template shows of a run; positions are percent of the axis, which begins at `low`."""
    row, run = findings.scores[name], findings.entries[name].run
    is_champion = name == findings.champion.name
    notes = [reads(findings, name), "training ended too early" if run.training_notes else ""]
    return {
        "name": name,
        "link": run_link(findings, name),
        "kind": "champion" if is_champion else "",
        "badge": ("not recommended" if findings.refusal else "champion") if is_champion else "",
        "note": "; ".join(filter(None, notes)),
        "validation": points(run.metrics.get(f"validation_{findings.primary}")),
        "is_tied": row["group"] == 1,
        "group": int(row["group"]),
        "latency": number(findings.latency_ms[name], 2),
        **_scores(row, findings.metric, beside, low, span),
    }


def _floor_rows(
    findings: Findings, notes: Mapping[str, str], beside: Sequence[str], low: float, span: float
) -> list[dict[str, Any]]:
    """Return what the template shows of the floors; a floor outside the axis of the runs has no mark on it."""
    shared = {"link": "", "kind": "floor", "badge": "floor", "is_tied": False, "group": 0, "latency": "–"}
    rows = []
    for floor, values in findings.floor_table.to_dict("index").items():
        name, row = str(floor), {str(column): float(value) for column, value in values.items()}
        scores = _scores(row, findings.metric, beside, low, span)
        ends = [scores["position"], *([scores["left"], scores["left"] + scores["width"]] if scores["width"] else [])]
        is_outside = min(ends) < 0 or max(ends) > 100
        hidden = {"width": 0.0, "position": None} if is_outside else {}
        validation = points(row.get(f"validation_{findings.primary}"))
        rows.append(shared | {"name": name, "note": notes[name], "validation": validation} | scores | hidden)
    return rows


def _scores(row: Mapping[str, float], metric: str, beside: Sequence[str], low: float, span: float) -> dict[str, Any]:
    left, right = row[f"{metric}_low"], row[f"{metric}_high"]
    return {
        "score": points(row[metric]),
        "interval": _interval(row, metric),
        "left": 100 * (left - low) / span,
        "width": 0.0 if left != left else 100 * (right - left) / span,
        "position": 100 * (row[metric] - low) / span,
        "others": [(points(row[name]), _interval(row, name)) for name in beside],
    }


def _interval(row: Mapping[str, float], metric: str) -> str:
    """Return the interval, such as "83.9 to 90.1"; "" if the score is the same on all resamples."""
    low, high = row[f"{metric}_low"], row[f"{metric}_high"]
    return "" if low != low or high != high else f"{points(low)} to {points(high)}"


def _left_out(findings: Findings) -> Fragment:
    """Say why finished runs are not compared, and which runs failed."""
    unscored = findings.leaderboard[findings.leaderboard["status"] != "done"]
    reasons = [
        f"{name} {'' if status == 'nothing logged' else 'is '}{status}{f': {error}' if error else ''}."
        for name, status, error in zip(unscored["name"], unscored["status"], unscored["error"], strict=True)
    ]
    return sentences(*findings.left_out, *reasons, kind="note")


def intervals(findings: Findings) -> Fragment:
    """Draw every run's score and interval."""
    return picture(figures.interval_figure(findings.comparison))
