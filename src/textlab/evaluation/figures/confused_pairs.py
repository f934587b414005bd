"""The most confused pairs of classes, for more classes than a confusion matrix can show."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from textlab.evaluation.classification.class_scores import confused_pairs
from textlab.evaluation.figures.style import (
    COLOURS,
    MARKERS,
    common_label_names,
    new_figure,
    nouns,
    percent,
    place_legend,
    shortened,
)

PAIRS = 15
LONGEST_NAME = 30  # characters of a class in a row's label


def confused_pairs_figure(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw how many texts of one class each model predicts as another, for the most confused pairs.

    With several models, the pairs are those of the first one that makes mistakes.
    """
    names, tables = common_label_names(predictions), {name: confused_pairs(f) for name, f in predictions.items()}
    first = next((table for table in tables.values() if len(table)), next(iter(tables.values())))
    shown = list(first[["label", "predicted"]].head(PAIRS).itertuples(index=False, name=None))
    figure, (axes,) = new_figure(
        _title(tables, names, nouns(predictions)), panel=(8.4, 1.2 + 0.34 * max(len(shown), 2))
    )
    for position, (name, table) in enumerate(tables.items()):
        rows = table.set_index(["label", "predicted"]).reindex(pd.MultiIndex.from_tuples(shown)) if shown else table
        if len(tables) == 1:
            _draw_bars(axes, rows)
        else:
            colour, marker = COLOURS[position % len(COLOURS)], MARKERS[position % len(MARKERS)]
            axes.plot(rows["count"].fillna(0), range(len(rows)), marker, color=colour, label=name, alpha=0.8)
    axes.set_yticks(
        range(len(shown)), [f"{shortened(a, LONGEST_NAME)} → {shortened(b, LONGEST_NAME)}" for a, b in shown]
    )
    axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    axes.set_xlabel(f"Misclassified {nouns(predictions)[1]} (true class → predicted class)", loc="right")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(left=0)
    axes.grid(visible=len(tables) > 1, axis="y")
    if len(tables) > 1:
        place_legend(figure, axes)
    return figure


def _draw_bars(axes: Axes, rows: pd.DataFrame) -> None:
    bars = axes.barh(range(len(rows)), rows["count"], height=0.7, color=COLOURS[0])
    labels = [f"{row['count']:,} of {row['texts']:,} ({percent(row['share'])})" for row in rows.to_dict("records")]
    axes.bar_label(bars, labels, padding=3, fontsize=9, color="#333333")
    axes.set_xlim(0, 1.25 * max(rows["count"].max(), 1) if len(rows) else 1)


def _title(tables: Mapping[str, pd.DataFrame], names: list[str], called: tuple[str, str]) -> str:
    """Name the first pair, and say how many classes there are."""
    noun, plural = called
    name = next((name for name, table in tables.items() if len(table)), None)
    if name is None:
        return f"No {noun} is misclassified" if len(tables) == 1 else f"No model misclassifies any {noun}"
    worst = tables[name].iloc[0]
    finding = (
        f"{shortened(name)} most often mistakes {shortened(worst['label'])} {plural} for "
        f"{shortened(worst['predicted'])} ({worst['count']:,} of {worst['texts']:,})"
    )
    return f"The most confused pairs of {len(names):,} classes: {finding}"
