"""How training went, step by step: epochs, or candidates for a setting."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from textlab.evaluation.figures.style import REFERENCE, line_style, new_figure, shortened

SPLITS = ("train", "validation")
TIMES = ("epoch", "step")  # training goes through these; any other first column is a setting that was tried


def drawable(history: pd.DataFrame) -> bool:
    """Whether `learning_curve_figure` has something to draw: two steps or more, and a measure with a number."""
    return len(history) > 1 and any(_numbers(history[column]).notna().any() for column in _measured(history))


def learning_curve_figure(history: pd.DataFrame) -> Figure:
    """Loss on training and validation texts over the steps and, beside it, whatever else was measured.

    Args:
        history: a row a step. The first column says which: `epoch` (or `step`), or the setting that was tried, such
            as `C`; what is no number there is drawn by position. Columns named train_<measure> or
            validation_<measure> are drawn, such as train_loss, validation_loss, validation_macro_recall; others
            are not.

    Raises:
        ValueError: there is no row, or no column to draw.
    """
    measured = _measured(history)
    if not measured or history.empty:
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


def _measured(history: pd.DataFrame) -> list[str]:
    """The columns to draw; none where the first one, which must say the step, is a measure itself."""
    starts = tuple(f"{split}_" for split in SPLITS)
    columns = [column for column in history if isinstance(column, str) and column.startswith(starts)]
    return [] if columns and history.columns[0] in columns else columns


def _numbers(column: pd.Series) -> pd.Series:
    """Float; NaN for what is no finite number."""
    return pd.to_numeric(column, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)


def _steps(history: pd.DataFrame) -> tuple[np.ndarray, bool]:
    """Where each row stands, float (n,), and whether that is its number; else it is its position."""
    values = _numbers(history.iloc[:, 0])
    is_number = bool(values.notna().all()) and not pd.api.types.is_bool_dtype(history.dtypes.iloc[0])
    return (values.to_numpy(), True) if is_number else (np.arange(len(history), dtype=float), False)


def _names(history: pd.DataFrame) -> list[str]:
    """Each row's first column in words: "0.5", "sqrt", "none"."""
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
        label = split if measure == "loss" else f"{split} {measure.replace('_', ' ')}"
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
        axes.set_xticks(steps, [shortened(name, 16) for name in _names(history)])
        axes.minorticks_off()
    axes.legend(frameon=False, fontsize=10)


def _spread_in_powers(steps: np.ndarray) -> bool:
    """Positive numbers over more than a decade, or each the same multiple of the one before: 0.5, 1, 2."""
    if (steps <= 0).any() or len(steps) < 2:
        return False
    ordered = np.unique(steps)
    ratios = ordered[1:] / ordered[:-1]
    return bool(ordered[-1] > 10 * ordered[0] or (len(ratios) > 1 and np.allclose(ratios, ratios[0])))


def _best_row(history: pd.DataFrame) -> int | None:
    """The row with the lowest validation loss or, for a setting, the highest validation score; None where unknown."""
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
        return f"Validation is best at {step} = {shortened(name)}"
    if len(history) == 1:
        return f"One {step}: the validation loss is {history['validation_loss'].iloc[0]:.3f}"
    if best == len(history) - 1:
        return f"The validation loss still falls at {step} {last}: longer training may help"
    return f"The validation loss is lowest at {step} {name} of {last}: later {step}s overfit"
