"""The score by the number of training examples, and its extrapolation."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from textlab.evaluation.choice.wording import metric_text, points
from textlab.evaluation.figures.style import MARKERS, REFERENCE, line_style, new_figure, place_legend, shortened
from textlab.evaluation.statistics.learning_curve import FARTHEST, LearningCurve

DRAWN = 60  # number of points of a line
APART = 1.3  # a tick this many times its neighbour has room for its number


def label_curve_figure(curves: Mapping[str, LearningCurve], metric: str) -> Figure:
    """Draw the mean score of each model by the number of its training examples, with intervals.

    A line and a band show the power law and its interval, up to `FARTHEST` times the largest size. A curve that is not
    extrapolated has no line.

    Args:
        curves: for each model its curve, the champion first.
        metric: the metric, which the axis names.
    """
    figure, (axes,) = new_figure(_title(curves, metric))
    for position, (name, curve) in enumerate(curves.items()):
        style = line_style(position)
        errors = 100 * np.array([curve.scores - curve.lows, curve.highs - curve.scores])
        axes.errorbar(
            curve.sizes,
            100 * curve.scores,
            yerr=np.maximum(errors, 0),
            fmt=MARKERS[position % len(MARKERS)],
            color=style["color"],
            capsize=3,
            label=name,
        )
        if not curve.refusal:
            sizes = np.geomspace(curve.sizes[0], FARTHEST * curve.sizes[-1], DRAWN).round().astype(int)
            score, low, high = 100 * np.array([curve.score(int(size)) for size in sizes]).T
            axes.plot(sizes, score, **style)
            axes.fill_between(sizes, low, high, color=style["color"], alpha=0.15, linewidth=0)
    axes.axvline(max(curve.sizes[-1] for curve in curves.values()), **REFERENCE, label="all training examples")
    axes.set_xscale("log")
    axes.set_xticks(_ticks(curves))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("Training examples")
    axes.set_ylabel(f"{metric_text(metric)} on test")
    place_legend(figure, axes)
    return figure


def _ticks(curves: Mapping[str, LearningCurve]) -> list[int]:
    """Return the sizes, without those whose numbers would touch the one before."""
    ticks: list[int] = []
    for size in sorted({int(size) for curve in curves.values() for size in curve.sizes}):
        if not ticks or size >= APART * ticks[-1]:
            ticks.append(size)
    return ticks


def _title(curves: Mapping[str, LearningCurve], metric: str) -> str:
    name, curve = next(iter(curves.items()))
    if curve.refusal:
        return f"How does the {metric_text(metric)} grow with the number of training examples?"
    if curve.is_flat:
        return f"{shortened(name)} does not gain from more training examples of this kind"
    more = curve.round_number()
    return f"{more:,} more training examples are worth about {points(curve.gain(more)[0])} to {shortened(name)}"
