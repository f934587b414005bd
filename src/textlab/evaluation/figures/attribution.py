"""Which words of a text moved a model's prediction."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.figures.exploration import drawable
from textlab.evaluation.figures.style import COLOURS, new_figure, percent, place_legend

FONT_SIZE = 10
LETTER = 0.602 * FONT_SIZE / 72  # inches; every letter of DejaVu Sans Mono is 0.602 em wide
WIDTH = 9.6  # inches, of the figure
LINE = 0.23  # inches per line
FONTS = ["DejaVu Sans Mono", "DejaVu Sans"]  # the second font has letters that the first lacks
STRONGEST = 0.6  # opacity of the strongest word's colour


def attribution_figure(attributions: pd.DataFrame, captions: Sequence[str]) -> Figure:
    """Draw texts with each word coloured by its attribution; the strongest word of a text has the full colour.

    Args:
        attributions: one row per word: `text` (the text's number from 0, in the order of `captions`), `word`, and
            `attribution`, the word's contribution to the predicted class. See
            `textlab.models.bert.attribution.word_attributions`.
        captions: a line above each text, for example its classes.

    Raises:
        ValueError: no text has a word.
    """
    if attributions.empty:
        raise ValueError("None of the texts has a word that the model reads. Pass texts with words.")
    texts = [attributions[attributions["text"] == number] for number in range(len(captions))]
    columns = int(WIDTH / LETTER) - 1
    placed = [wrapped_words([drawable(word) for word in text["word"]], columns) for text in texts]
    heights = [2.4 + (lines[-1][0] if lines else 0) for lines in placed]
    figure, (axes,) = new_figure(_title(texts), panel=(WIDTH, LINE * sum(heights)))
    top = 0.0
    for text, caption, words, height in zip(texts, captions, placed, heights, strict=True):
        axes.text(0, top, drawable_line(caption), fontsize=FONT_SIZE, fontweight="bold", va="center")
        draw_words(axes, top + 1, words, text["attribution"].to_numpy())
        top += height
    for colour, meaning in zip(COLOURS[:2], ("for the predicted class", "against the predicted class"), strict=True):
        axes.scatter([], [], marker="s", color=colour, alpha=STRONGEST, label=meaning)
    axes.set(xlim=(0, columns), ylim=(top - 1, -0.7), xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    place_legend(figure, axes)
    return figure


def draw_words(axes: Axes, top: float, words: Sequence[tuple[int, int, str]], attributions: np.ndarray) -> None:
    """Write the words from line `top` on, each in a box shaded by its share of the strongest attribution."""
    strongest = np.abs(attributions).max(initial=0) or 1.0
    for (line, column, word), attribution in zip(words, attributions, strict=True):
        colour = COLOURS[0] if attribution > 0 else COLOURS[1]
        box = {"facecolor": colour, "alpha": STRONGEST * abs(attribution) / strongest, "linewidth": 0, "pad": 1.2}
        shown = axes.text(column, top + line, word, fontsize=FONT_SIZE, family=FONTS, va="center", bbox=box)
        shown.set_in_layout(False)


def drawable_line(line: str) -> str:
    """Replace characters that the font cannot draw, word by word."""
    return " ".join(drawable(word) for word in line.split())


def wrapped_words(words: Sequence[str], columns: int) -> list[tuple[int, int, str]]:
    """Return the line and the column of each word, from 0, in lines of at most `columns` letters."""
    placed, line, column = [], 0, 0
    for word in words:
        length = len(word.replace("\\$", "$"))
        if column and column + length > columns:
            line, column = line + 1, 0
        placed.append((line, column, word))
        column += length + 1
    return placed


def _title(texts: Sequence[pd.DataFrame]) -> str:
    sizes = [text["attribution"].abs() for text in texts if len(text)]
    share = float(np.mean([size.max() / size.sum() if size.sum() else 0.0 for size in sizes]))
    return f"On average, the strongest word of a tweet accounts for {percent(share)} of all attribution"
