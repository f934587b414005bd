"""Scores of retrievers by kind of request."""

import pandas as pd
from matplotlib.figure import Figure

from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.figures.style import COLOURS, MARKERS, new_figure, place_legend, shortened
from textlab.evaluation.retrieval.kinds import ALL


def kind_figure(table: pd.DataFrame, metric: str) -> Figure:
    """Draw each model's score and interval on each kind of request; the kinds are ordered as in the table.

    Args:
        table: see `retrieval.kinds.kind_scores`.
        metric: its metric.
    """
    kinds, models = list(table["kind"].unique()), list(table["model"].unique())
    step = 0.8 / len(models)
    height = 1.0 + len(kinds) * (0.28 + 0.14 * len(models))
    figure, (axes,) = new_figure(_title(table, metric), panel=(6.4, height))
    for position, model in enumerate(models):
        rows = table[table["model"] == model]
        heights = [kinds.index(kind) - 0.4 + step * (position + 0.5) for kind in rows["kind"]]
        colour = COLOURS[position % len(COLOURS)]
        axes.hlines(heights, 100 * rows[f"{metric}_low"], 100 * rows[f"{metric}_high"], colors=colour, linewidth=1.8)
        marker = MARKERS[position % len(MARKERS)]
        axes.plot(100 * rows[metric], heights, marker, color=colour, markersize=5, label=model)
    counts = table.drop_duplicates("kind").set_index("kind")["queries"]
    axes.set_yticks(range(len(kinds)), [f"{shortened(kind, 24)} ({counts[kind]:,})" for kind in kinds])
    axes.set_ylim(len(kinds) - 0.5, -0.5)
    axes.set_xlabel(f"{metric_text(metric)} on test, 95% interval (number of queries in brackets)", loc="right")
    axes.grid(visible=False, axis="y")
    place_legend(figure, axes)
    return figure


def _title(table: pd.DataFrame, metric: str) -> str:
    """Name the kind on which the first model scores lowest."""
    first = table[(table["model"] == table["model"].iloc[0]) & (table["kind"] != ALL)]
    if first.empty:
        return "How well do the models answer all queries?"
    worst = first.loc[first[metric].idxmin()]
    return f"{shortened(str(worst['model']))} scores lowest on {worst['kind']}: {100 * worst[metric]:.1f}"
