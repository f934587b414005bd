"""The words whose permutation lowers a score most."""

import pandas as pd
from matplotlib.figure import Figure

from textlab.evaluation.choice.wording import metric_text, points
from textlab.evaluation.figures.exploration import drawable
from textlab.evaluation.figures.style import COLOURS, REFERENCE, new_figure

SHOWN = 20


def importance_figure(importance: pd.DataFrame, metric: str) -> Figure:
    """Draw the fall of a score for the most important words, with the standard deviation over permutations.

    Args:
        importance: the table of `textlab.evaluation.importance.word_importance`.
        metric: the score, such as "macro_recall".

    Raises:
        ValueError: the table has no row.
    """
    if importance.empty:
        raise ValueError("The table of importance has no rows. Pass examples that contain words.")
    shown = importance.head(SHOWN).iloc[::-1]
    figure, (axes,) = new_figure(_title(importance, metric), panel=(6.4, 1.0 + 0.24 * len(shown)))
    names = [f"{drawable(word)} ({texts})" for word, texts in zip(shown["word"], shown["texts"], strict=True)]
    axes.errorbar(
        *(100 * shown["fall"], range(len(shown))), xerr=100 * shown["spread"], fmt="o", color=COLOURS[0], capsize=2
    )
    axes.axvline(0, **REFERENCE)
    axes.set_yticks(range(len(shown)), names)
    axes.set_xlabel(f"Fall of {metric_text(metric)} in points (± one standard deviation)")
    axes.set_ylabel("Word (texts with it)")
    return figure


def _title(importance: pd.DataFrame, metric: str) -> str:
    first = importance.iloc[0]
    if first["fall"] <= first["spread"]:
        return f"No single word matters to {metric_text(metric)} beyond chance"
    return f"Moving “{drawable(first['word'])}” to random texts costs {points(first['fall'])} of {metric_text(metric)}"
