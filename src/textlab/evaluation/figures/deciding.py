"""The risk-coverage curve of abstention, and the cost curve."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from textlab.evaluation.classification.deciding.curves import cost_curve, mean_risk, risk_coverage
from textlab.evaluation.figures.style import REFERENCE, line_style, new_figure, nouns, percent, place_legend, shortened

HIGHEST = 1.5  # multiple of the best constant answer's cost at which the axis ends
FEWEST = 20  # the share of mistakes among fewer answers is mostly chance


def risk_coverage_figure(predictions: Mapping[str, pd.DataFrame], accuracy: float | None = None) -> Figure:
    """Draw the share of wrong answers against the share of texts that a model answers, its most confident ones first.

    El-Yaniv and Wiener (2010), "On the foundations of noise-free selective classification".

    Args:
        predictions: for each model, its predictions on test.
        accuracy: the share of right answers that was promised, which gets a line; None for none.
    """
    curves = {model: risk_coverage(frame) for model, frame in predictions.items()}
    plural = nouns(predictions)[1]
    areas = {model: mean_risk(curve) for model, curve in curves.items()}
    best = min(areas, key=lambda model: areas[model])
    half = curves[best].iloc[(curves[best]["coverage"] - 0.5).abs().argmin()]
    title = (
        f"{shortened(best)} is wrong on {percent(curves[best]['risk'].iloc[-1])} of all {plural}, and on "
        f"{percent(half['risk'])} of the half that it is most confident about"
    )
    figure, (axes,) = new_figure(title)
    for position, (model, curve) in enumerate(curves.items()):
        drawn = curve[curve["coverage"] * len(predictions[model]) >= min(FEWEST, len(predictions[model]))]
        label = f"{model} (mean {percent(areas[model])})"
        axes.plot(drawn["coverage"], drawn["risk"], label=label, **line_style(position))
    if accuracy is not None:
        axes.axhline(1 - accuracy, **REFERENCE)
        axes.annotate(
            f"promised: at most {100 * (1 - accuracy):.3g}% wrong",
            (0.01, 1 - accuracy),
            xytext=(0, 3),
            textcoords="offset points",
            fontsize=9,
            color="#555555",
        )
    axes.set(xlabel=f"Share of {plural} answered", ylabel="Wrong among the answers", xlim=(0, 1.01))
    axes.set_ylim(bottom=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda share, _: f"{100 * share:.3g}%")
    place_legend(figure, axes)
    return figure


def cost_curve_figure(predictions: Mapping[str, pd.DataFrame], label: str, ratio: float | None = None) -> Figure:
    """Draw what models cost against the cost of missing a class, as shares of the cheapest constant answer's cost.

    Solid lines decide for the class of the lowest expected cost, the dashed one for the first model's most probable
    class. Drummond and Holte (2006), "Cost curves: an improved method for visualizing classifier performance".

    Args:
        predictions: for each model, its predictions on test; the first is the champion.
        label: the class that is ever more expensive to miss; other mistakes cost 1.
        ratio: the stated cost, which gets a line; None for none.
    """
    curves = {model: cost_curve(frame, label) for model, frame in predictions.items()}
    first = next(iter(curves))
    of_first = curves[first]
    row = of_first.iloc[(of_first["ratio"] - (ratio or 5.0)).abs().argmin()]
    saved = 1 - row["by_cost"] / row["most_probable"] if row["most_probable"] else 0.0
    stated = f"If missing {shortened(label, 24)} costs {row['ratio']:.2g} times as much as other mistakes"
    verdict = f"saves {percent(saved)} of the cost" if saved > 0 else "saves nothing"
    figure, (axes,) = new_figure(f"{stated}, deciding by cost {verdict} of the most probable class")
    for position, (model, curve) in enumerate(curves.items()):
        axes.plot(curve["ratio"], curve["by_cost"] / curve["constant"], label=model, **line_style(position))
    plain = of_first["most_probable"] / of_first["constant"]
    axes.plot(of_first["ratio"], plain, color="#555555", linewidth=1.2, linestyle="--", label=f"{first}, most probable")
    axes.axhline(1.0, **REFERENCE)
    if ratio is not None and of_first["ratio"].min() <= ratio <= of_first["ratio"].max():
        axes.axvline(ratio, **REFERENCE)
    axes.set(
        xscale="log", xlabel=f"Cost of missing {shortened(label, 24)}", ylabel="Cost, relative to always one class"
    )
    axes.set_ylim(0, HIGHEST)
    axes.set_xticks([1, 2, 5, 10, 20, 50, 100], ["1", "2", "5", "10", "20", "50", "100"], minor=False)
    axes.xaxis.set_minor_formatter("")
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g}%")
    place_legend(figure, axes)
    return figure
