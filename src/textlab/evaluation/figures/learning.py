"""How training went, step by step: epochs, or candidates for a setting."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from textlab.evaluation.figures.style import REFERENCE, line_style, new_figure

SPLITS = ("train", "validation")


def learning_curve_figure(history: pd.DataFrame) -> Figure:
    """Loss on training and validation texts over the steps and, beside it, whatever else was measured.

    Args:
        history: a row a step. The first column says which: `epoch`, or the setting that was tried, such as `C`.
            Columns named train_<measure> or validation_<measure> are drawn, such as train_loss, validation_loss,
            validation_macro_recall; others are not.

    Raises:
        ValueError: there is no row, or no column to draw.
    """
    measured = [c for c in map(str, history) if c.startswith(tuple(f"{split}_" for split in SPLITS))]
    if not measured or history.empty or history.columns[0] in measured:
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
        axes.plot(history.iloc[:, 0], history[column], marker="o", markersize=4, label=label, **style)
    best = _best_step(history)
    if best is not None:
        axes.axvline(best, **REFERENCE)
    step = str(history.columns[0])
    axes.set_xlabel(step[0].upper() + step[1:])
    if step == "epoch":
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        axes.set_xscale("log", base=2)
        axes.set_xticks(history.iloc[:, 0], [f"{value:g}" for value in history.iloc[:, 0]])
    axes.legend(frameon=False, fontsize=10)


def _best_step(history: pd.DataFrame) -> float | None:
    """The step with the lowest validation loss or, for a setting, the highest validation score; None where unknown."""
    if "validation_loss" in history:
        column, sign = "validation_loss", 1
    elif history.columns[0] != "epoch":
        column, sign = next((str(name) for name in history if str(name).startswith("validation_")), ""), -1
    else:
        return None
    if not column or history[column].isna().all():
        return None
    return float(history.iloc[:, 0].to_numpy()[(sign * history[column]).argmin()])


def _title(history: pd.DataFrame) -> str:
    step, last, best = str(history.columns[0]), float(history.iloc[:, 0].to_numpy()[-1]), _best_step(history)
    if best is None:
        return "Does training converge?"
    if step != "epoch":
        return f"Validation is best at {step} = {best:g}"
    if len(history) == 1:
        return f"One epoch: the validation loss is {history['validation_loss'].iloc[0]:.3f}"
    if best == last:
        return f"The validation loss still falls at epoch {last:g}: longer training may help"
    return f"The validation loss is lowest at epoch {best:g} of {last:g}: later epochs overfit"
