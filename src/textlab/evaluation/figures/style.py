"""The style of all figures: sizes, colours and wording."""

import textwrap
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.classification.predictions import label_names_of, nouns_of
from textlab.evaluation.multilabel.predictions import has_several_labels
from textlab.evaluation.multilabel.predictions import nouns_of as nouns_of_several_labels
from textlab.wording import shortlist

# The palette of Okabe and Ito, which people with every kind of colour vision can distinguish:
# https://jfly.uni-koeln.de/color/. Their yellow is missing, because it is too pale on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINE_STYLES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
REFERENCE: dict[str, Any] = {"color": "#888888", "linewidth": 1.0, "linestyle": (0, (4, 3)), "zorder": 1}
DPI = 144  # 6.4 inches become 922 pixels, which are sharp in a report that shows them at 600 to 700
LEGEND_SIZE = 10
LETTERS_PER_INCH = {"title": 9.0, "legend": 11.5}

STYLE: Any = {
    "font.size": 11,
    "axes.labelsize": 11,
    "axes.titlesize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
}


class ReportFigure(Figure):
    """A figure that notebooks display. Jupyter displays only figures of pyplot by itself, and those must be closed."""

    def _repr_png_(self) -> bytes:
        picture = BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()


def new_figure(
    title: str, rows: int = 1, columns: int = 1, panel: tuple[float, float] = (6.4, 4.4), **grid: Any
) -> tuple[Figure, list[Axes]]:
    """Make an empty figure in the shared style; return it and its axes, row by row.

    Args:
        title: the finding or the question, wrapped to the figure's width.
        panel: width and height of each of the `rows` times `columns` axes in inches.
        grid: further arguments of `Figure.subplots`.
    """
    width, height = columns * panel[0], rows * panel[1]
    lines = _even_lines(title, int(width * LETTERS_PER_INCH["title"]))
    with mpl.rc_context(STYLE):
        figure = ReportFigure(figsize=(width, height + 0.25 * len(lines)), dpi=DPI, layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, **grid)
        figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=13, fontweight="bold")
    return figure, list(np.ravel(axes))


def _even_lines(text: str, width: int) -> list[str]:
    """Wrap into as few lines as the width allows, about equally long, so that no word stands alone on the last."""
    fewest = len(textwrap.wrap(text, width))
    while width > 1 and len(textwrap.wrap(text, width - 1)) == fewest:
        width -= 1
    return textwrap.wrap(text, width)


def place_legend(figure: Figure, axes: Axes) -> None:
    """Place the legend below the axes, one line per entry; the figure grows, so no curve is covered."""
    handles, names = axes.get_legend_handles_labels()
    width = int(figure.get_figwidth() * LETTERS_PER_INCH["legend"]) - 8
    wrapped = ["\n".join(textwrap.wrap(name, width)) for name in names]
    lines = sum(name.count("\n") + 1 for name in wrapped)
    figure.set_figheight(figure.get_figheight() + 0.21 * lines + 0.1)
    figure.legend(handles, wrapped, loc="outside lower left", frameon=False, fontsize=LEGEND_SIZE, labelspacing=0.3)


def line_style(position: int) -> dict[str, Any]:
    """Return the colour and dashes of the curve at a position; a model keeps them from figure to figure."""
    dashes = LINE_STYLES[position // len(COLOURS) % len(LINE_STYLES)]
    return {"color": COLOURS[position % len(COLOURS)], "linestyle": dashes, "linewidth": 1.8}


def percent(share: float) -> str:
    """Write a share of one in whole percent: "31%". Only exact shares read "0%" or "100%"."""
    if 0 < share < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 <= share < 1 else f"{100 * share:.0f}%"


def shortened(name: str, length: int = 40) -> str:
    """Shorten a long name in its middle, for a title; the legend has the full name."""
    half = length // 2 - 1
    return name if len(name) <= length else f"{name[:half]}…{name[-half:]}"


def nouns(predictions: Mapping[str, pd.DataFrame]) -> tuple[str, str]:
    """Return what one example and several are called, such as "text" and "texts"."""
    first = next(iter(predictions.values()))
    return nouns_of_several_labels(first) if has_several_labels(first) else nouns_of(first)


def common_label_names(predictions: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the class names that all models share.

    Raises:
        ValueError: there is no model, or two have different classes.
    """
    if not predictions:
        raise ValueError("There is no model to draw. Pass a mapping from each model's name to its predictions.")
    names = {model: label_names_of(frame) for model, frame in predictions.items()}
    first, *others = names
    for model in others:
        if names[model] != names[first]:
            raise ValueError(
                f"'{first}' has the classes {shortlist(names[first])}, and '{model}' has {shortlist(names[model])}. "
                "Draw models of the same classes."
            )
    return names[first]


def lead_of_the_best(scores: Mapping[str, float], metric: str, decimals: int = 3) -> str:
    """Name the best model and its lead: "lstm has the highest AUC: 0.912, 0.013 ahead of bert"."""
    ranked: Sequence[str] = sorted(scores, key=lambda name: scores[name], reverse=True)
    best, second = ranked[:2]
    gap = round(scores[best], decimals) - round(scores[second], decimals)
    if gap < 0.5 * 10**-decimals:
        return f"{shortened(best)} and {shortened(second)} share the highest {metric}: {scores[best]:.{decimals}f}"
    return (
        f"{shortened(best)} has the highest {metric}: {scores[best]:.{decimals}f}, "
        f"{gap:.{decimals}f} ahead of {shortened(second)}"
    )
