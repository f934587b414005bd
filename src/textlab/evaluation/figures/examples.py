"""Examples with pictures, for people to look at."""

import io
import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.figures.attribution import drawable_line
from textlab.evaluation.figures.style import new_figure, shortened
from textlab.inputs import kind_of
from textlab.inputs.references import read_inline

COLUMNS = 5
PANEL = 1.9, 2.55  # inches
LETTERS = 26  # longest line below a picture
LONGEST = 3 * LETTERS  # letters of a text that are shown


def examples_figure(examples: pd.DataFrame, captions: Sequence[str], title: str) -> Figure:
    """Draw the pictures of examples, each with its caption and its texts below.

    Args:
        examples: n rows with the inputs and nothing else.
        captions: a line for each example, for example its class.
        title: the title of the figure.

    Raises:
        ValueError: there is no example.
    """
    if examples.empty:
        raise ValueError("There is no example to draw. Pass at least one.")
    columns = min(COLUMNS, max(3, len(examples)))
    figure, axes = new_figure(title, rows=-(-len(examples) // columns), columns=columns, panel=PANEL)
    for each in axes:
        each.set_axis_off()
    for place, caption in enumerate(captions):
        _draw(axes[place], examples.iloc[place], caption)
    return figure


def _draw(axes: Axes, example: pd.Series, caption: str) -> None:
    lines = textwrap.wrap(caption, LETTERS)
    for name, value in example.items():
        shown = kind_of(str(name)).shown(value)
        if shown.source:
            axes.imshow(_pixels(shown.source), interpolation="bilinear")
        else:
            lines += textwrap.wrap(shortened(shown.text, LONGEST), LETTERS)
    axes.set_title("\n".join(map(drawable_line, lines)), fontsize=8, y=-0.07, va="top")


def _pixels(source: str) -> np.ndarray:
    from PIL import Image

    with Image.open(io.BytesIO(read_inline(source))) as opened:
        return np.asarray(opened.convert("RGB"))
