"""The figures of a look: what happened over time, and the class shares beside validation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from textlab.evaluation.figures.style import COLOURS, REFERENCE, line_style, new_figure, percent, place_legend
from textlab.monitoring.change import Change
from textlab.monitoring.look import Look
from textlab.monitoring.timeline import DAY, Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from textlab.monitoring.outputs import ClassChange

SHOWN_CLASSES = 8
SHARE = "share of "


def timeline_figure(look: Look, over_time: Timeline) -> "Figure":
    """Draw the class shares, the confidence and the estimated accuracy over time, and the number of predictions."""
    from matplotlib.dates import ConciseDateFormatter

    change = look.change
    figure, axes = new_figure(_title(change), rows=3, panel=(9.6, 2.5), sharex=True)
    middles = [_moment((start + end) / 2) for start, end in zip(over_time.edges, over_time.edges[1:], strict=False)]
    shares = {name: values for name, values in over_time.series.items() if name.startswith(SHARE)}
    commonest = sorted(shares, key=lambda name: -_mean(shares[name]))[:SHOWN_CLASSES]
    shown = [name for name in shares if name in commonest]
    _draw_series(axes[0], middles, {name.removeprefix(SHARE): shares[name] for name in shown}, "share predicted")
    others = {name: values for name, values in over_time.series.items() if not name.startswith(SHARE)}
    _draw_series(axes[1], middles, others, "mean")
    if look.estimate is not None:
        axes[1].axhline(look.estimate.validation_accuracy, label="accuracy on validation", **REFERENCE)
        _name_lines(axes[1])
    widths = np.diff(over_time.edges) / DAY * 0.9
    axes[2].bar(middles, over_time.counts, width=widths, color="#9aa1a9")
    axes[2].set_ylabel("predictions")
    if change is not None:
        for each in axes:
            each.axvspan(_moment(change.low), _moment(change.high), color=COLOURS[1], alpha=0.12, lw=0)
            each.axvline(_moment(change.time), color=COLOURS[1], linewidth=1.4)
    axes[2].xaxis_date()
    axes[2].xaxis.set_major_formatter(ConciseDateFormatter(axes[2].xaxis.get_major_locator()))
    return figure


def class_shares_figure(classes: "tuple[ClassChange, ...]") -> "Figure":
    """Draw the share of predictions of each class, on validation and in the traffic with its interval."""
    moved = max(classes, key=lambda each: abs(each.predicted_current - each.predicted_reference))
    shown = sorted(classes, key=lambda each: -max(each.predicted_reference, each.predicted_current))[:SHOWN_CLASSES]
    title = (
        f"The share of {moved.name} moved most: {percent(moved.predicted_reference)} on validation, "
        f"{percent(moved.predicted_current)} now"
    )
    figure, (axes,) = new_figure(title, panel=(6.4, 1.2 + 0.45 * len(shown)))
    places = np.arange(len(shown))[::-1]
    current = np.array([each.predicted_current for each in shown])
    errors = [current - [each.low for each in shown], [each.high for each in shown] - current]
    axes.scatter([each.predicted_reference for each in shown], places, marker="D", color="#6f767e", label="validation")
    axes.errorbar(
        current, places - 0.18, xerr=np.maximum(errors, 0), fmt="o", color=COLOURS[0], label="traffic, 95% interval"
    )
    axes.set_yticks(places, [each.name for each in shown])
    axes.set_xlim(left=0)
    axes.set_xlabel("share of predictions")
    place_legend(figure, axes)
    return figure


def _draw_series(
    axes: "Axes", middles: list[float], series: Mapping[str, tuple[float | None, ...]], label: str
) -> None:
    for position, (name, values) in enumerate(series.items()):
        known = [np.nan if value is None else value for value in values]
        axes.plot(middles, known, marker="o", markersize=3, label=name, **line_style(position))
    axes.set_ylabel(label)
    _name_lines(axes)


def _name_lines(axes: "Axes") -> None:
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9)


def _title(change: Change | None) -> str:
    if change is None:
        return "No change over time is shown"
    name = change.series[0].upper() + change.series[1:]
    return f"{name} changed most: {percent(change.before)}, then {percent(change.after)}"


def _mean(values: tuple[float | None, ...]) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else 0.0


def _moment(seconds: float) -> float:
    """Return a time as matplotlib counts it, in days since 1970."""
    return seconds / DAY
