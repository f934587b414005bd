"""Reliability diagrams: whether a predicted probability of 80% is right 80% of the time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.classification.calibration import BINS, expected_calibration_error, reliability_bins
from textlab.evaluation.classification.predictions import confidence_of
from textlab.evaluation.figures.style import (
    REFERENCE,
    common_label_names,
    line_style,
    new_figure,
    nouns,
    percent,
    place_legend,
    shortened,
)
from textlab.evaluation.figures.targets import against_rest, are_several_labels, is_binary
from textlab.evaluation.multilabel.predictions import has_several_labels, probabilities_of, truth_of

SMALL_ERROR = 0.03  # below this, a model counts as well calibrated
MOST_CLASSES = 8  # with more classes, their lines would hide the line of the predicted class
BOLD: dict[str, Any] = {"color": "#000000", "linewidth": 1.8}
FEWEST_TEXTS = 5  # a bin with fewer texts is noise and would draw a spike


def reliability_figure(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw accuracy against confidence in the predicted class, in 15 bins, and the share of texts in each bin.

    A model whose line lies below the diagonal is overconfident. Bins of fewer than five texts have no point. A single
    model of three to `MOST_CLASSES` classes also has a thin line per class: the frequency of the class against its
    probability. For several labels per text, the bins hold all pairs of an example and a label: the share that has the
    label, against its probability.
    Guo et al. (2017), "On calibration of modern neural networks".
    """
    names, several = common_label_names(predictions), are_several_labels(predictions)
    results = {model: _confidence_and_hits(frame) for model, frame in predictions.items()}
    figure, (curve, histogram) = new_figure(
        _title(results, nouns(predictions)[1], several), 2, 1, (6.4, 2.7), height_ratios=[3, 1], sharex=True
    )
    curve.plot([0, 1], [0, 1], **REFERENCE)
    if len(predictions) == 1 and not is_binary(predictions, names) and len(names) <= MOST_CLASSES:
        _draw_classes(curve, next(iter(predictions.values())))
    for position, (model, (confidence, hits)) in enumerate(results.items()):
        style = line_style(position) if len(results) > 1 else BOLD
        bins = _points(confidence, hits)
        error = expected_calibration_error(confidence, hits)
        name = model if len(results) > 1 else "all labels together" if several else "predicted class"
        label = f"{name} (expected calibration error {error:.3f})"
        curve.plot(bins["probability"], bins["outcome"], marker="o", markersize=5, label=label, **style)
        weights = np.full(len(confidence), 1 / len(confidence))
        histogram.hist(confidence, bins=BINS, range=(0, 1), weights=weights, histtype="step", **style)
    curve.set(ylabel="Share with the label" if several else "Accuracy", xlim=(-0.01, 1.01), ylim=(-0.02, 1.02))
    counted = "Decisions" if several else nouns(predictions)[1].capitalize()
    histogram.set(
        xlabel=f"{'Predicted probability' if several else 'Confidence (predicted probability)'}", ylabel=counted
    )
    histogram.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    place_legend(figure, curve)
    return figure


def _confidence_and_hits(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    if has_several_labels(predictions):
        return probabilities_of(predictions).ravel(), truth_of(predictions).ravel()
    hits = (predictions["label"] == predictions["predicted"]).to_numpy()
    return confidence_of(predictions), hits


def _draw_classes(axes: Axes, predictions: pd.DataFrame) -> None:
    for position, (name, (is_class, probability)) in enumerate(against_rest(predictions).items()):
        bins = _points(probability, is_class)
        style = line_style(position) | {"linewidth": 1.2}
        axes.plot(bins["probability"], bins["outcome"], label=name, marker=".", **style)


def _points(probability: np.ndarray, outcome: np.ndarray) -> pd.DataFrame:
    """Return the bins with enough texts to draw; if no bin has enough, the fullest bin."""
    bins = reliability_bins(probability, outcome)
    return bins[bins["count"] >= min(FEWEST_TEXTS, bins["count"].max())]


def _title(results: Mapping[str, tuple[np.ndarray, np.ndarray]], plural: str, several: bool) -> str:
    errors = {model: expected_calibration_error(*pair) for model, pair in results.items()}
    best, worst = min(errors, key=lambda model: errors[model]), max(errors, key=lambda model: errors[model])
    if len(results) > 1:
        return (
            f"{shortened(best)} is best calibrated (error {errors[best]:.3f}), "
            f"{shortened(worst)} worst (error {errors[worst]:.3f})"
        )
    confidence, hits = (float(np.mean(values)) for values in results[best])
    numbers = f"mean confidence {percent(confidence)}, accuracy {percent(hits)}"
    if several:
        numbers = f"mean probability {percent(confidence)}, share of labels that are true {percent(hits)}"
    if errors[best] < SMALL_ERROR:
        return f"{shortened(best)} is well calibrated: {numbers}"
    # The error is at least the distance of the means. If it is much larger, bins err in both directions.
    if abs(confidence - hits) < errors[best] / 2:
        return f"{shortened(best)} is overconfident on some {plural} and underconfident on others: {numbers}"
    return f"{shortened(best)} is {'overconfident' if confidence > hits else 'underconfident'}: {numbers}"
