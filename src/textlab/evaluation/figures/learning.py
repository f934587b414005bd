"""The learning curve of a training run, over epochs or over the values of a hyperparameter."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.figures.style import REFERENCE, line_style, new_figure, shortened

SPLITS = ("train", "validation")
MOST_CHARACTERS = 60  # of all labels of an axis; longer ones are tilted
TIMES = ("epoch", "step")  # any other first column is a hyperparameter


def drawable(history: pd.DataFrame) -> bool:
    """Whether `learning_curve_figure` has something to draw: at least two rows, and a metric with a number."""
    return len(history) > 1 and any(_numbers(history[column]).notna().any() for column in _measured(history))


def learning_curve_figure(history: pd.DataFrame) -> Figure:
    """Draw the training and validation loss and, beside them, the other metrics.

    Args:
        history: one row per step. The first column holds the `epoch`, the `step`, or a hyperparameter such as `C`; rows
            whose value is no number are drawn by position. Columns named train_<metric> or validation_<metric> are
            drawn, such as train_loss and validation_macro_recall. Other columns are ignored.

    Raises:
        ValueError: there is no row, or no column to draw.
    """
    measured = _measured(history)
    if not measured or history.empty:
        raise ValueError(
            f"The history has {len(history)} rows of {list(history.columns)}. "
            "A learning curve needs one row per epoch, with 'epoch' and then train_ or validation_ columns."
        )
    losses = [column for column in measured if column.endswith("_loss")]
    panels = [columns for columns in (losses, [c for c in measured if c not in losses]) if columns]
    figure, axes = new_figure(_title(history), 1, len(panels), (6.4 if len(panels) == 1 else 4.6, 3.6))
    for panel, columns in zip(axes, panels, strict=True):
        _draw(panel, history, columns, first_colour=0 if columns == losses else 2)
        panel.set_ylabel("Loss" if columns == losses else "Score")
    return figure


def _measured(history: pd.DataFrame) -> list[str]:
    """List the columns to draw. There are none if the first column, which must hold the step, is a metric itself."""
    starts = tuple(f"{split}_" for split in SPLITS)
    columns = [column for column in history if isinstance(column, str) and column.startswith(starts)]
    return [] if columns and history.columns[0] in columns else columns


def _numbers(column: pd.Series) -> pd.Series:
    """Convert to float; NaN for anything but a finite number."""
    return pd.to_numeric(column, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)


def _steps(history: pd.DataFrame) -> tuple[np.ndarray, bool]:
    """Return each row's x value, float (n,), and whether it is the step's number instead of the row's position."""
    values = _numbers(history.iloc[:, 0])
    is_number = bool(values.notna().all()) and not pd.api.types.is_bool_dtype(history.dtypes.iloc[0])
    return (values.to_numpy(), True) if is_number else (np.arange(len(history), dtype=float), False)


def _names(history: pd.DataFrame) -> list[str]:
    """Write each row's first column as text: "0.5", "sqrt", "none"."""
    first = history.iloc[:, 0]
    return [
        "none" if missing else f"{value:g}" if type(value) in (int, float) else str(value).replace("$", r"\$")
        for value, missing in zip(first.tolist(), first.isna(), strict=True)
    ]


def _draw(axes: Axes, history: pd.DataFrame, columns: list[str], first_colour: int) -> None:
    steps, is_number = _steps(history)
    for position, column in enumerate(columns, first_colour):
        style = line_style(position)
        split, measure = column.split("_", 1)
        label = split if measure == "loss" else f"{split} {metric_text(measure)}"
        axes.plot(steps, _numbers(history[column]), marker="o", markersize=4, label=label, **style)
    best = _best_row(history)
    if best is not None:
        axes.axvline(steps[best], **REFERENCE)
    step = str(history.columns[0])
    axes.set_xlabel(step[:1].upper() + step[1:])
    if step in TIMES and is_number:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        if is_number and _spread_in_powers(steps):
            axes.set_xscale("log", base=2)
        names = [shortened(name, 20) for name in _names(history)]
        is_tilted = sum(map(len, names)) > MOST_CHARACTERS
        axes.set_xticks(steps, names, rotation=40 if is_tilted else 0, ha="right" if is_tilted else "center")
        axes.minorticks_off()
    axes.legend(frameon=False, fontsize=10)


def _spread_in_powers(steps: np.ndarray) -> bool:
    """Whether the numbers are positive and span over a decade, or grow by a constant factor, such as 0.5, 1, 2."""
    if (steps <= 0).any() or len(steps) < 2:
        return False
    ordered = np.unique(steps)
    ratios = ordered[1:] / ordered[:-1]
    return bool(ordered[-1] > 10 * ordered[0] or (len(ratios) > 1 and np.allclose(ratios, ratios[0])))


def _best_row(history: pd.DataFrame) -> int | None:
    """Find the lowest validation loss or, for a hyperparameter, the highest validation score; None if unknown."""
    if "validation_loss" in history:
        values = -_numbers(history["validation_loss"]).to_numpy()
    elif history.columns[0] not in TIMES:
        column = next((name for name in _measured(history) if name.startswith("validation_")), None)
        values = _numbers(history[column]).to_numpy() if column else np.zeros(0)
    else:
        return None
    return None if np.isnan(values).all() else int(np.nanargmax(values))


def _title(history: pd.DataFrame) -> str:
    step, best = str(history.columns[0]), _best_row(history)
    if best is None:
        return "Does training converge?"
    name, last = _names(history)[best], _names(history)[-1]
    if step not in TIMES:
        measured = "loss is lowest" if "validation_loss" in history else "score is best"
        return f"The validation {measured} at {step} = {shortened(name)}"
    if len(history) == 1:
        return f"The validation loss after one {step} is {history['validation_loss'].iloc[0]:.3f}"
    if best == len(history) - 1:
        return f"The validation loss is still falling at {step} {last}: longer training may help"
    return f"The validation loss is lowest at {step} {name} of {last}: longer training overfits"
