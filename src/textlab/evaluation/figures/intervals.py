"""Scores with intervals, and which models tie with the best."""

from matplotlib.figure import Figure

from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.figures.style import COLOURS, REFERENCE, new_figure, place_legend, shortened
from textlab.evaluation.statistics.comparison import Comparison

GREY = "#888888"


def interval_figure(comparison: Comparison) -> Figure:
    """Draw each model's score and interval, the highest on top; models that tie with the best are coloured.

    The colours come from the test of the difference, not from overlapping intervals. All models were tested on the same
    texts, so two models can differ significantly although their intervals overlap.
    """
    table, metric = comparison.intervals, comparison.metric
    names = [shortened(str(model)) for model in table.index]
    figure, (axes,) = new_figure(_title(comparison), panel=(6.4, 1.0 + 0.3 * len(table)))
    tied, best = table["group"] == 1, shortened(comparison.best)
    kinds = ((tied, COLOURS[0], f"ties with {best}"), (~tied, GREY, f"differs significantly from {best}"))
    for members, colour, name in kinds:
        if members.any():
            rows = [row for row, is_member in enumerate(members) if is_member]
            scores = 100 * table.loc[members, [metric, f"{metric}_low", f"{metric}_high"]].to_numpy(dtype=float)
            axes.hlines(rows, scores[:, 1], scores[:, 2], colors=colour, linewidth=2.2)
            axes.plot(scores[:, 0], rows, "o", color=colour, markersize=6, label=name)
    axes.axvline(100 * table[metric].to_dict()[comparison.best], **REFERENCE)
    axes.set_yticks(range(len(table)), names)
    axes.set_ylim(len(table) - 0.5, -0.5)
    share = f"{100 * comparison.confidence:.0f}%"
    # Right-aligned, so that the label can reach below long names that leave the axes little room.
    axes.set_xlabel(
        f"{metric_text(metric)} on {comparison.examples:,} test {comparison.noun}, {share} interval", loc="right"
    )
    axes.grid(visible=False, axis="y")
    if len(table) > 1:
        place_legend(figure, axes)
    return figure


def _title(comparison: Comparison) -> str:
    ties, best = int((comparison.intervals["group"] == 1).sum()) - 1, shortened(comparison.best)
    others = len(comparison.intervals) - 1
    if not others:
        return f"How precise is the score of {best}?"
    if not ties:
        return f"{best} differs significantly from {'the other run' if others == 1 else f'all {others} other runs'}"
    if ties == others:
        return f"{'The other run ties' if others == 1 else f'All {others} other runs tie'} with {best}"
    return f"{ties} of {others} other runs {'ties' if ties == 1 else 'tie'} with {best}"
