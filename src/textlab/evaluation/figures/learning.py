"""How training went, epoch by epoch."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from textlab.evaluation.figures.style import REFERENCE, line_style, new_figure

SPLITS = ("train", "validation")


def learning_curve_figure(history: pd.DataFrame) -> Figure:
    """Loss on training and validation texts over the epochs and, beside it, whatever else was measured.

    Args:
        history: a row per epoch with `epoch` and columns named train_<measure> or validation_<measure>, such
            as train_loss, validation_loss, validation_macro_recall; other columns are not drawn.

    Raises:
        ValueError: there is no row, no `epoch`, or no column to draw.
    """
    measured = [c for c in map(str, history) if c.startswith(tuple(f"{split}_" for split in SPLITS))]
    if "epoch" not in history or not measured or history.empty:
        raise ValueError(
            f"A learning curve needs a row per epoch with 'epoch' and train_ or validation_ columns; "
            f"came {len(history)} rows of {list(history.columns)}."
        )
    losses = [column for column in measured if column.endswith("_loss")]
    panels = [columns for columns in (losses, [c for c in measured if c not in losses]) if columns]
    figure, axes = new_figure(_title(history), 1, len(panels), (6.4 if len(panels) == 1 else 4.6, 3.6))
    for panel, columns in zip(axes, panels, strict=True):
        _draw(panel, history, columns, first_colour=0 if columns == losses else 2)
        panel.set_ylabel("Loss" if columns == losses else "Score")
    return figure


def _draw(axes: Axes, history: pd.DataFrame, columns: list[str], first_colour: int) -> None:
    for position, column in enumerate(columns, first_colour):
        style = line_style(position)
        split, measure = column.split("_", 1)
        label = split if measure == "loss" else f"{split} {measure.replace('_', ' ')}"
        axes.plot(history["epoch"], history[column], marker="o", markersize=4, label=label, **style)
    best = _best_epoch(history)
    if best is not None:
        axes.axvline(best, **REFERENCE)
    axes.set_xlabel("Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=10)


def _best_epoch(history: pd.DataFrame) -> int | None:
    """The epoch of the lowest validation loss; None where there is none, or only NaN."""
    if "validation_loss" not in history or history["validation_loss"].isna().all():
        return None
    lowest = history["validation_loss"] == history["validation_loss"].min()
    return int(history.loc[lowest, "epoch"].iloc[0])


def _title(history: pd.DataFrame) -> str:
    best, last = _best_epoch(history), int(history["epoch"].iloc[-1])
    if best is None:
        return "Does training converge?"
    if len(history) == 1:
        return f"One epoch: the validation loss is {history['validation_loss'].iloc[0]:.3f}"
    if best == last:
        return f"The validation loss still falls at epoch {last}: longer training may help"
    return f"The validation loss is lowest at epoch {best} of {last}: later epochs overfit"
