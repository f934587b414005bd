"""The share of each part of speech, or of texts with each kind of named entity, in every class."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.figures.style import COLOURS, MARKERS, new_figure, percent, place_legend, shortened

ROWS = 12  # kinds that are drawn


def class_shares_figure(shares: pd.DataFrame, unit: str) -> Figure:
    """Draw the share of each kind in every class: a row per kind, a point per class.

    With more classes than colours, all points are grey, and the classes at both ends of a row are named.

    Args:
        shares: a row per kind and a column per class, such as from `linguistics.part_of_speech_shares`.
        unit: what was counted, such as "tokens".

    Raises:
        ValueError: there is no kind.
    """
    if shares.empty:
        raise ValueError("There is nothing to draw: no text was annotated. Install a spaCy model of the language.")
    shown = shares.head(ROWS)
    figure, (axes,) = new_figure(_title(shown, unit), panel=(6.8, 1.0 + 0.34 * len(shown)))
    axes.hlines(range(len(shown)), shown.min(axis=1), shown.max(axis=1), color="#cccccc", linewidth=2.0, zorder=1)
    if shown.shape[1] <= len(COLOURS):
        for name, colour, marker in zip(shown, COLOURS, MARKERS, strict=False):
            axes.scatter(shown[name], range(len(shown)), s=36, color=colour, marker=marker, label=name, zorder=2)
        place_legend(figure, axes)
    else:
        _draw_extremes(axes, shown)
    axes.set_yticks(range(len(shown)), [_name(str(kind)) for kind in shown.index])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel(f"Share of the class's {unit}")
    axes.xaxis.set_major_formatter(lambda share, _: f"{round(100 * share, 1):g}%")
    return figure


def _draw_extremes(axes: Axes, shown: pd.DataFrame) -> None:
    rows = np.repeat(np.arange(len(shown)), shown.shape[1])
    axes.scatter(shown.to_numpy().ravel(), rows, s=12, color="#888888", alpha=0.6, zorder=2)
    for row, (lowest, highest) in enumerate(zip(shown.idxmin(axis=1), shown.idxmax(axis=1), strict=True)):
        names = f"{shortened(str(lowest), 14)} to {shortened(str(highest), 14)}"
        axes.annotate(names, (shown.iloc[row].max(), row), xytext=(6, -3), textcoords="offset points", fontsize=8)
    axes.set_xlim(right=1.35 * float(shown.to_numpy().max()))


def _title(shown: pd.DataFrame, unit: str) -> str:
    kind = str((shown.max(axis=1) - shown.min(axis=1)).idxmax())
    row = dict(zip(map(str, shown), shown.loc[[kind]].to_numpy()[0], strict=True))
    highest, lowest = max(row, key=lambda name: row[name]), min(row, key=lambda name: row[name])
    return (
        f'The classes differ most in the share of "{_name(kind)}": {percent(row[highest])} of the {unit} in '
        f"{shortened(highest)}, {percent(row[lowest])} in {shortened(lowest)}"
    )


def _name(kind: str) -> str:
    """Return a kind without its explanation in parentheses."""
    return shortened(kind.partition(" (")[0], 34)
