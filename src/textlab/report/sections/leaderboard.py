"""All runs with their scores and intervals."""

from collections.abc import Mapping
from typing import Any

from textlab.evaluation import figures
from textlab.evaluation.choice.wording import metric_text
from textlab.report.findings import Findings
from textlab.report.html import Fragment, number, picture, points, render, sentences, stacked
from textlab.report.sections.run_links import run_link


def board(findings: Findings) -> Fragment:
    """Show all runs, the best on validation first, and then the runs without a score."""
    metric = findings.metric
    drawn = findings.comparison.intervals[[metric, f"{metric}_low", f"{metric}_high"]]
    low, high = drawn.min().min(), drawn.max().max()
    table = render(
        "leaderboard",
        rows=[_row(findings, name, low, (high - low) or 1.0) for name in findings.entries],
        interval_heading=f"{metric_text(metric)} on test, {100 * findings.comparison.confidence:.0f}% interval",
        lowest=points(low),
        highest=points(high),
    )
    return stacked(table, _left_out(findings))


def _row(findings: Findings, name: str, low: float, span: float) -> dict[str, Any]:
    """Return what the template shows of a run; positions are percent of the axis, which begins at `low`."""
    row, metric, run = findings.scores[name], findings.metric, findings.entries[name].run
    left, right = row[f"{metric}_low"], row[f"{metric}_high"]
    return {
        "name": name,
        "link": run_link(findings, name),
        "is_champion": name == findings.champion.name,
        "validation": points(run.metrics.get(f"validation_{findings.primary}")),
        "score": points(row[metric]),
        "interval": _interval(row, metric),
        "left": 100 * (left - low) / span,
        "width": 0.0 if left != left else 100 * (right - left) / span,
        "position": 100 * (row[metric] - low) / span,
        "is_tied": row["group"] == 1,
        "group": int(row["group"]),
        "accuracy": points(row["accuracy"]),
        "accuracy_interval": _interval(row, "accuracy"),
        "macro_f1": points(row["macro_f1"]),
        "macro_f1_interval": _interval(row, "macro_f1"),
        "latency": number(findings.latency_ms[name], 2),
    }


def _interval(row: Mapping[str, float], metric: str) -> str:
    return f"{points(row[f'{metric}_low'])} to {points(row[f'{metric}_high'])}"


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
