"""Score against latency, with the Pareto front."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from textlab.evaluation.choice.pareto import pareto_front
from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.figures.style import COLOURS, new_figure, shortened

GREY = "#888888"
LINE_SHARE, NAME_SHARE = 0.05, 0.5  # a line of text as a share of the height, a name as a share of the width


def pareto_figure(table: pd.DataFrame, metric: str) -> Figure:
    """Draw each model's score, interval and latency; a line joins the models on the Pareto front.

    Args:
        table: one row per model (the index): score, low, high (shares of one) and latency_ms of the exported model for
            one text. A model whose latency is NaN is left out.
        metric: the score's name.

    Raises:
        ValueError: no model has a latency.
    """
    known = table.dropna(subset=["score", "latency_ms"])
    if known.empty:
        raise ValueError(f"None of the {len(table)} models has a latency. Runs log it as the metric latency_ms.")
    front = pareto_front(known["score"], known["latency_ms"])
    figure, (axes,) = new_figure(_title(known, front), panel=(7.2, 4.2))
    for model, row in known.iterrows():
        colour = COLOURS[0] if model in front else GREY
        axes.vlines(row["latency_ms"], 100 * row["low"], 100 * row["high"], colors=colour, linewidth=1.6)
        axes.plot(row["latency_ms"], 100 * row["score"], "o", color=colour, markersize=7)
    for model, height in _label_heights(known, *axes.get_ylim()).items():
        axes.annotate(
            shortened(model, 32),
            (known.loc[model, "latency_ms"], height),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
            color="#222222" if model in front else "#666666",
        )
    joined = known.loc[front]
    axes.plot(joined["latency_ms"], 100 * joined["score"], color=COLOURS[0], linewidth=1.2, alpha=0.5, zorder=1)
    axes.set_xscale("log")
    least, most = known["latency_ms"].min(), known["latency_ms"].max()
    axes.set_xlim(0.8 * least, most * max(2.0, (most / least) ** 0.35))  # room for the names on the right
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
    axes.set_xlabel("Median latency of one request, ms (log scale)")
    axes.set_ylabel(f"{metric_text(metric)} on test, with its interval")
    return figure


def _label_heights(known: pd.DataFrame, bottom: float, top: float) -> dict[str, float]:
    """Choose the height of each name: beside its point, or lower if a neighbour's name is already there."""
    line = LINE_SHARE * (top - bottom)
    places = {str(model): float(np.log(latency)) for model, latency in known["latency_ms"].items()}
    reach = NAME_SHARE * (max(places.values()) - min(places.values()))
    heights: dict[str, float] = {}
    for model, score in known["score"].sort_values(ascending=False, kind="stable").items():
        near = [heights[other] for other in heights if abs(places[str(model)] - places[other]) <= reach]
        height = 100 * float(score) + line / 3
        for taken in sorted(near, reverse=True):
            if abs(height - taken) < line:
                height = taken - line
        heights[str(model)] = height
    return heights


def _title(known: pd.DataFrame, front: list[str]) -> str:
    cheapest, best = front[0], front[-1]
    if len(known) == 1:
        return f"{shortened(best)} is the only model with a latency"
    if len(front) == 1:
        return f"{shortened(best)} has the highest test score and is the fastest model"
    score, latency = known["score"].to_dict(), known["latency_ms"].to_dict()
    gained = 100 * (score[best] - score[cheapest])
    times = latency[best] / latency[cheapest]
    factor = f"{times:.1f}" if times < 3 else f"{times:.0f}"
    return (
        f"{shortened(best)} scores {gained:.1f} points more than {shortened(cheapest)}, at {factor} times the latency"
    )
