"""A figure of the rank of the first good document."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from textlab.evaluation.figures.style import line_style, new_figure, percent, place_legend, shortened
from textlab.evaluation.retrieval.ranks import first_ranks

READ = 10  # results that a person reads


def rank_figure(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw for each model the share of queries whose first good document is among the first k, for k up to 100.

    A good document is one with the query's highest grade.

    Args:
        predictions: for each model, a frame as `evaluation.retrieval.predictions` describes it.

    Raises:
        ValueError: there is no model.
    """
    if not predictions:
        raise ValueError("There is no model to draw. Pass a mapping from each model's name to its predictions.")
    depths = np.arange(1, 101)
    found = {}
    for model, frame in predictions.items():
        ranks = first_ranks(frame).to_numpy(float, na_value=np.inf)
        found[model] = (ranks[:, None] <= depths).mean(axis=0)
    at_once = {model: float(shares[READ - 1]) for model, shares in found.items()}
    best = max(at_once, key=lambda model: at_once[model])
    figure, (axes,) = new_figure(
        f"{shortened(best)} shows a good document among the first {READ} for {percent(at_once[best])} of the queries"
    )
    for position, (model, shares) in enumerate(found.items()):
        axes.plot(depths, 100 * shares, label=f"{model} ({percent(at_once[model])})", **line_style(position))
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylim(0, 100)
    axes.set_xlabel("Results read (log scale)")
    axes.set_ylabel("Queries with a good document among them, %")
    place_legend(figure, axes)
    return figure
