"""Decisions about each label: how often it is found, missed and wrongly predicted."""

import math
import textwrap
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.figures.style import COLOURS, common_label_names, new_figure, nouns, percent, shortened
from textlab.evaluation.multilabel.label_scores import label_scores

MOST_LABELS = 20  # with more labels, the ones with the lowest F1 are shown
PARTS = (
    ("found", "found", COLOURS[0], ""),
    ("missed", "missed", "#FFFFFF", "////"),
    ("false_alarms", "predicted wrongly", COLOURS[1], ""),
)


def label_decisions_figure(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw a bar for each label and model: the examples with the label, found and missed; left of 0, false alarms.

    Labels are in the order of their F1, the lowest at the top; the number behind a bar is the F1. With more than
    `MOST_LABELS` labels, those with the lowest F1 of the first model are shown.
    """
    common_label_names(predictions)
    tables = {model: label_scores(frame) for model, frame in predictions.items()}
    shown = list(next(iter(tables.values())).index[:MOST_LABELS])
    columns = min(len(tables), 2)
    panel = (6.4 if len(tables) == 1 else 5.4, 1.2 + 0.34 * len(shown))
    figure, axes = new_figure(
        _title(tables, nouns(predictions)[1]), math.ceil(len(tables) / columns), columns, panel, sharex=True
    )
    for position, (panel_axes, (model, table)) in enumerate(zip(axes, tables.items(), strict=False)):
        _draw(panel_axes, table.reindex(shown), nouns(predictions)[1])
        if len(tables) > 1:
            panel_axes.set_title(textwrap.fill(model, 48), loc="left")
        if position % columns:
            panel_axes.tick_params(labelleft=False)
    for unused in axes[len(tables) :]:
        unused.set_visible(False)
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower left", frameon=False, ncols=len(PARTS))
    return figure


def _draw(axes: Axes, table: pd.DataFrame, noun: str) -> None:
    rows = range(len(table))
    left = pd.Series(0, index=table.index)
    for column, name, colour, hatch in PARTS:
        start, width = (left, table[column]) if column != "false_alarms" else (0, -table[column])
        axes.barh(rows, width, left=start, color=colour, hatch=hatch, edgecolor="#333333", linewidth=0.6, label=name)
        if column == "found":
            left = table["found"]
    for row, (end, f1) in enumerate(zip(table["examples"], table["f1"], strict=True)):
        axes.text(end, row, f" F1 {100 * f1:.0f}", va="center", fontsize=9)
    axes.axvline(0, color="#333333", linewidth=0.8)
    axes.set_yticks(rows, [shortened(str(name), 24) for name in table.index])
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(-1.15 * max(table["false_alarms"].max(), 1), 1.2 * table["examples"].max())
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    axes.set_xlabel(f"{noun.capitalize()}")


def _title(tables: Mapping[str, pd.DataFrame], noun: str) -> str:
    """Name the label that is hardest to find, or the model that decides best about it."""
    if len(tables) == 1:
        ((model, table),) = tables.items()
        worst = table.iloc[0]
        missed = percent(worst["missed"] / worst["examples"])
        return f"{shortened(model)} does worst on {table.index[0]}: it misses {missed} of these {noun}"
    hardest = next(iter(tables.values())).index[0]
    scores = {model: float(table["f1"].get(hardest, float("nan"))) for model, table in tables.items()}
    best = max(scores, key=lambda model: scores[model])
    return f"{shortened(best)} has the highest F1 on {hardest}: {100 * scores[best]:.0f}"
