"""Failure rates on behavioural tests."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from textlab.evaluation.figures.style import new_figure, percent, shortened


def capability_figure(table: pd.DataFrame) -> Figure:
    """Draw failure rates: one row per test, one column per model, darker where more cases fail.

    The interval in percent stands below each failure rate.

    Args:
        table: from `behaviour.capability_table`.

    Raises:
        ValueError: the table has no row.
    """
    if table.empty:
        raise ValueError("The capability table has no rows. Run at least one behavioural test.")
    rates, low, high = (_wide(table, column) for column in ("failure_rate", "low", "high"))
    rows, columns = rates.shape
    names = [textwrap.fill(shortened(str(model)), 16) for model in table["model"].unique()]
    figure, (axes,) = new_figure(_title(table), panel=(max(6.4, 3.0 + 1.3 * columns), 1.3 + 0.55 * rows))
    axes.imshow(rates, cmap="Oranges", vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(rows, columns):
        rate = float(rates[row, column])
        interval = f"{100 * low[row, column]:.0f} to {100 * high[row, column]:.0f}"
        colour = "white" if rate > 0.66 else "#222222"
        axes.text(column, row - 0.14, percent(rate), ha="center", va="center", color=colour, fontsize=11)
        axes.text(column, row + 0.24, interval, ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(columns), names)
    axes.xaxis.tick_top()
    axes.set_yticks(range(rows), [f"{phenomenon}\n({kind})" for phenomenon, kind in _tests(table)], fontsize=9)
    axes.set_xlabel("Failure rate with its 95% interval")
    axes.xaxis.set_label_position("bottom")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _tests(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(dict.fromkeys(zip(table["phenomenon"], table["kind"], strict=True)))


def _wide(table: pd.DataFrame, column: str) -> np.ndarray:
    """Return one column of the table as float, one row per test and one column per model, in the table's order."""
    wide = table.pivot(index=["phenomenon", "kind"], columns="model", values=column)
    return wide.reindex(index=_tests(table), columns=table["model"].unique()).to_numpy(dtype=float)


def _title(table: pd.DataFrame) -> str:
    worst = max(table.to_dict("records"), key=lambda row: row["failure_rate"])
    if worst["failures"] == 0:
        return "No model fails any behavioural test"
    finding = f"{worst['phenomenon']} ({worst['kind']}): {percent(worst['failure_rate'])} of the cases"
    if table["model"].nunique() == 1:
        return f"{shortened(worst['model'])} fails most often on {finding}"
    return f"Highest failure rate: {shortened(worst['model'])} on {finding}"
