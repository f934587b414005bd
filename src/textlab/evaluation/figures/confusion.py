"""Confusion matrices: which class is mistaken for which. With many classes, the most confused pairs."""

import math
import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from textlab.evaluation.classification.predictions import class_indices
from textlab.evaluation.figures.confused_pairs import confused_pairs_figure
from textlab.evaluation.figures.label_decisions import label_decisions_figure
from textlab.evaluation.figures.style import common_label_names, new_figure, nouns, percent, shortened
from textlab.evaluation.figures.targets import are_several_labels

MOST_CLASSES_WITH_COUNTS = 8  # with more classes, a field has room for one number only
MOST_CLASSES = 12  # with more classes, the fields of a matrix are too small to read


def confusion_figure(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw one confusion matrix per model, side by side; rows are true classes, columns are predicted classes.

    Shade and percentage are shares of the row; the number below counts texts. The row of a class without texts has
    dashes. With more than `MOST_CLASSES` classes, the figure shows the most confused pairs instead. Of
    several labels per text, it shows `label_decisions_figure`.
    """
    names = common_label_names(predictions)
    if are_several_labels(predictions):
        return label_decisions_figure(predictions)
    if len(names) > MOST_CLASSES:
        return confused_pairs_figure(predictions)
    counts = {model: confusion_counts(frame) for model, frame in predictions.items()}
    columns = min(len(counts), 2 if len(names) > 3 or len(counts) in (2, 4) else 3)
    side = 4.2 if len(counts) == 1 else 3.2
    side = max(side, 1.2 + (0.75 if len(names) <= MOST_CLASSES_WITH_COUNTS else 0.5) * len(names))
    # A single panel is wider than it is high, because its title needs the room.
    panel = (max(side, 6.4) if columns == 1 else side + 0.4, side)
    figure, axes = new_figure(
        _title(counts, names, nouns(predictions)), math.ceil(len(counts) / columns), columns, panel
    )
    for position, (panel_axes, (model, matrix)) in enumerate(zip(axes, counts.items(), strict=False)):
        _draw(panel_axes, matrix, names)
        if position % columns == 0:
            panel_axes.set_ylabel("True class")
        if len(counts) > 1:
            panel_axes.set_title(textwrap.fill(model, int(side * 9)), loc="left")
    for unused in axes[len(counts) :]:
        unused.set_visible(False)
    return figure


def confusion_counts(predictions: pd.DataFrame) -> np.ndarray:
    """Count texts by true class (rows) and predicted class (columns): int (k, k)."""
    labels, predicted = class_indices(predictions, "label"), class_indices(predictions, "predicted")
    return confusion_matrix(labels, predicted, labels=range(len(common_label_names({"": predictions}))))


def _shares(counts: np.ndarray) -> np.ndarray:
    """Divide each row by its sum; NaN where no text has the class."""
    totals = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)


def _draw(axes: Axes, counts: np.ndarray, names: list[str]) -> None:
    shares = _shares(counts)
    axes.imshow(np.nan_to_num(shares), cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*counts.shape):
        share = shares[row, column]
        text = "-" if np.isnan(share) else f"{100 * share:.0f}%"
        if len(names) <= MOST_CLASSES_WITH_COUNTS and not np.isnan(share):
            text += f"\n{counts[row, column]:,}"
        colour = "white" if share > 0.66 else "#222222"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=10)
    tilted = len(names) > 4 or max(len(name) for name in names) > 12
    below = [shortened(name, 18) if tilted else name for name in names]
    axes.set_xticks(range(len(names)), below, rotation=45 if tilted else 0, ha="right" if tilted else "center")
    axes.set_yticks(range(len(names)), [textwrap.fill(name, 14) for name in names])
    axes.set_xlabel("Predicted class")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _title(counts: Mapping[str, np.ndarray], names: list[str], called: tuple[str, str]) -> str:
    """Name the confusion that affects the largest share of a class."""
    noun, plural = called
    worst = {model: _largest_confusion(matrix) for model, matrix in counts.items()}
    model = max(worst, key=lambda name: worst[name][0])
    share, row, column = worst[model]
    if share == 0:
        return f"No {noun} is misclassified" if len(counts) == 1 else f"No model misclassifies any {noun}"
    if len(counts) == 1:
        return f"{shortened(model)} most often mistakes {names[row]} {plural} for {names[column]} ({percent(share)})"
    if len({(row, column) for _, row, column in worst.values()}) == 1:
        low, high = percent(min(share for share, _, _ in worst.values())), percent(share)
        return f"Every model most often mistakes {names[row]} {plural} for {names[column]} ({low} to {high})"
    finding = f"mistakes {percent(share)} of {names[row]} {plural} for {names[column]}"
    return f"Largest confusion: {shortened(model)} {finding}"


def _largest_confusion(counts: np.ndarray) -> tuple[float, int, int]:
    shares = np.nan_to_num(_shares(counts))
    np.fill_diagonal(shares, 0)
    row, column = np.unravel_index(shares.argmax(), shares.shape)
    return float(shares[row, column]), int(row), int(column)
