"""Whether a stated probability of 80% comes true 80% of the time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.classification.calibration import BINS, expected_calibration_error, reliability_bins
from textlab.evaluation.classification.predictions import class_against_rest, confidence_of
from textlab.evaluation.figures.style import (
    REFERENCE,
    common_label_names,
    line_style,
    new_figure,
    percent,
    place_legend,
    shortened,
)

SMALL_ERROR = 0.03  # below this, probabilities can be read as they stand
BOLD: dict[str, Any] = {"color": "#000000", "linewidth": 1.8}
FEWEST_TEXTS = 5  # a bin with fewer is noise and draws a spike


def reliability_figure(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Confidence in the predicted class against accuracy, in 15 bins, and below how many texts are in each.

    A bin of fewer than five texts has no point: it would be noise. A line below the diagonal is
    overconfident. A single model of three classes or more also has a thin line for each class: its
    probability against how often a text is of it.
    Guo et al. (2017), "On calibration of modern neural networks".
    """
    names = common_label_names(predictions)
    stated = {model: _confidence_and_hits(frame) for model, frame in predictions.items()}
    figure, (curve, histogram) = new_figure(_title(stated), 2, 1, (6.4, 2.7), height_ratios=[3, 1], sharex=True)
    curve.plot([0, 1], [0, 1], **REFERENCE)
    if len(predictions) == 1 and len(names) > 2:
        _draw_classes(curve, next(iter(predictions.values())))
    for position, (model, (confidence, hits)) in enumerate(stated.items()):
        style = line_style(position) if len(stated) > 1 else BOLD
        bins = _points(confidence, hits)
        error = expected_calibration_error(confidence, hits)
        who = model if len(stated) > 1 else "predicted class"
        label = f"{who} (expected calibration error {error:.3f})"
        curve.plot(bins["stated"], bins["came_true"], marker="o", markersize=5, label=label, **style)
        weights = np.full(len(confidence), 1 / len(confidence))
        histogram.hist(confidence, bins=BINS, range=(0, 1), weights=weights, histtype="step", **style)
    curve.set(ylabel="How often it is so", xlim=(-0.01, 1.01), ylim=(-0.02, 1.02))
    histogram.set(xlabel="Probability that the model states", ylabel="Texts")
    histogram.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    place_legend(figure, curve)
    return figure


def _confidence_and_hits(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    hits = (predictions["label"] == predictions["predicted"]).to_numpy()
    return confidence_of(predictions), hits


def _draw_classes(axes: Axes, predictions: pd.DataFrame) -> None:
    for position, (name, (is_class, stated)) in enumerate(class_against_rest(predictions).items()):
        bins = _points(stated, is_class)
        style = line_style(position) | {"linewidth": 1.2}
        axes.plot(bins["stated"], bins["came_true"], label=name, marker=".", **style)


def _points(stated: np.ndarray, came_true: np.ndarray) -> pd.DataFrame:
    """The bins with texts enough to draw; where none has, the fullest."""
    bins = reliability_bins(stated, came_true)
    return bins[bins["count"] >= min(FEWEST_TEXTS, bins["count"].max())]


def _title(stated: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> str:
    errors = {model: expected_calibration_error(*pair) for model, pair in stated.items()}
    best, worst = min(errors, key=lambda model: errors[model]), max(errors, key=lambda model: errors[model])
    if len(stated) > 1:
        return (
            f"Confidence is closest to the truth in {shortened(best)} (off by {errors[best]:.3f} on "
            f"average), furthest in {shortened(worst)} ({errors[worst]:.3f})"
        )
    confidence, hits = (float(np.mean(values)) for values in stated[best])
    numbers = f"{percent(confidence)} sure on average, {percent(hits)} right"
    if errors[best] < SMALL_ERROR:
        return f"{shortened(best)} can be taken at its word: {numbers}"
    # The error is at least the distance of the means; where they are far apart, bins err in both directions.
    if abs(confidence - hits) < errors[best] / 2:
        return f"{shortened(best)} is too sure of some texts and not sure enough of others: {numbers}"
    return f"{shortened(best)} is {'overconfident' if confidence > hits else 'underconfident'}: {numbers}"
