"""Labels that occur together: in the labels of people, or in what a model predicts beside them."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.figures.style import new_figure, percent, shortened

MOST_LABELS = 20  # with more labels, the most frequent ones are shown
MOST_WITH_NUMBERS = 12  # with more labels, a field has no room for a number


def co_occurrence_figure(*counts: pd.DataFrame, titles: tuple[str, ...] = ("",)) -> Figure:
    """Draw how often each label (column) occurs in the examples of another label (row).

    Args:
        counts: int (k, k) each, examples with both labels of each pair; the diagonal counts single labels.
        titles: the title of each panel.
    """
    first = counts[0]
    diagonal = pd.Series(np.diag(first), index=first.index)
    shown = list(diagonal.sort_values(ascending=False, kind="stable").index[:MOST_LABELS])
    side = max(4.4, 1.6 + 0.52 * len(shown))
    figure, axes = new_figure(_title(first.loc[shown, shown]), 1, len(counts), (max(side, 5.6), side))
    for panel, table, title in zip(axes, counts, titles, strict=True):
        _draw(panel, _shares(table.loc[shown, shown]))
        panel.set_title(title, loc="left")
    axes[0].set_ylabel("Of the examples with this label …")
    return figure


def _shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Divide each row by its label's count; NaN on the diagonal and for a label without examples."""
    values = counts.to_numpy(dtype=float)
    own = np.diag(values)[:, None]
    shares = np.divide(values, own, out=np.full_like(values, np.nan), where=own > 0)
    np.fill_diagonal(shares, np.nan)
    return pd.DataFrame(shares, counts.index, counts.columns)


def _draw(axes: Axes, shares: pd.DataFrame) -> None:
    values = shares.to_numpy()
    axes.imshow(np.ma.masked_invalid(values), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    names = [shortened(str(name), 16) for name in shares.columns]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("… this share also has")
    axes.grid(visible=False)
    if len(names) <= MOST_WITH_NUMBERS:
        for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True):
            share = values[row, column]
            axes.text(
                column,
                row,
                f"{100 * share:.0f}%",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if share > 0.6 else "black",
            )


def _title(counts: pd.DataFrame) -> str:
    """Name the pair of which the most examples of one label also have the other."""
    shares = np.nan_to_num(_shares(counts).to_numpy())
    row, column = np.unravel_index(shares.argmax(), shares.shape)
    if not shares[row, column]:
        return "No two labels occur together"
    return f"{percent(shares[row, column])} of the examples with {counts.index[row]} also have {counts.columns[column]}"
