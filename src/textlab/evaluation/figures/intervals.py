"""How sure each model's score is, and which models cannot be told apart from the best."""

from matplotlib.figure import Figure

from textlab.evaluation.figures.style import COLOURS, REFERENCE, new_figure, place_legend, shortened
from textlab.evaluation.statistics.comparison import Comparison

GREY = "#888888"


def interval_figure(comparison: Comparison) -> Figure:
    """A line for each model, the highest on top: its score and interval, coloured where it is like the best's.

    Overlapping intervals do not mean that two models cannot be told apart: they were tested on the same texts, and
    the colours are by the test of their difference.
    """
    table, metric = comparison.intervals, comparison.metric
    names = [shortened(str(model)) for model in table.index]
    figure, (axes,) = new_figure(_title(comparison), panel=(6.4, 1.0 + 0.3 * len(table)))
    alike = table["group"] == 1
    kinds = ((alike, COLOURS[0], f"like {shortened(comparison.best)}"), (~alike, GREY, "told apart from it"))
    for chosen, colour, name in kinds:
        if chosen.any():
            rows = [place for place, member in enumerate(chosen) if member]
            scores = 100 * table.loc[chosen, [metric, f"{metric}_low", f"{metric}_high"]].to_numpy(dtype=float)
            axes.hlines(rows, scores[:, 1], scores[:, 2], colors=colour, linewidth=2.2)
            axes.plot(scores[:, 0], rows, "o", color=colour, markersize=6, label=name)
    axes.axvline(100 * table[metric].to_dict()[comparison.best], **REFERENCE)
    axes.set_yticks(range(len(table)), names)
    axes.set_ylim(len(table) - 0.5, -0.5)
    share = f"{100 * comparison.confidence:.0f}%"
    # From the right, so that it may reach below the names where they leave the axes little room.
    axes.set_xlabel(
        f"{metric.replace('_', ' ')} on {comparison.texts:,} test texts, with its {share} interval", loc="right"
    )
    axes.grid(visible=False, axis="y")
    if len(table) > 1:
        place_legend(figure, axes)
    return figure


def _title(comparison: Comparison) -> str:
    alike, best = int((comparison.intervals["group"] == 1).sum()) - 1, shortened(comparison.best)
    others = len(comparison.intervals) - 1
    if not others:
        return f"How sure is the score of {best}?"
    if not alike:
        return f"{best} can be told apart from {'the other model' if others == 1 else f'all {others} others'}"
    if alike == others:
        return f"No model can be told apart from {best}"
    return f"{alike} of {others} other models cannot be told apart from {best}"
