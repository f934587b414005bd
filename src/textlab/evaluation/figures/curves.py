"""ROC and precision-recall curves: one per class of a single model, averages of many classes, or one per model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import auc, precision_recall_curve, roc_curve

from textlab.evaluation.classification.predictions import probabilities_of
from textlab.evaluation.figures.style import (
    REFERENCE,
    common_label_names,
    lead_of_the_best,
    line_style,
    new_figure,
    nouns,
    percent,
    place_legend,
    shortened,
)
from textlab.evaluation.figures.targets import Pair, against_rest, is_binary, words_of

GRID = np.linspace(0, 1, 1001)[1:]
RECALL_IN_TITLE = 0.8
MOST_CLASSES = 8  # with more classes, a single model has averages and the worst classes
WORST_CLASSES = 3


@dataclass(frozen=True)
class Curve:
    """One line to draw.

    Attributes:
        x, y: float (m,), x ascending.
        area: the area under the line, computed as scikit-learn does.
        chance: the share of texts of the class.
        steps: whether the line between two points is a step at the height of the second.
    """

    x: np.ndarray
    y: np.ndarray
    area: float
    chance: float
    steps: bool = False

    def heights(self) -> np.ndarray:
        """Return the line's height at each point of `GRID`: float (1000,)."""
        if not self.steps:
            return np.interp(GRID, self.x, self.y)
        # The first point that reaches a recall has its precision; the mean of these is the average precision.
        return self.y[np.searchsorted(self.x, GRID - 1e-12)]


def roc_figure(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw ROC curves.

    With two classes, each model has a curve for the last class. With more, a single model has a curve per class, and
    each of several models has the mean of its classes' curves, whose area is `roc_auc`. With more than `MOST_CLASSES`
    classes, a single model has the macro average (that mean), the micro average (the curve of all pairs of a text and a
    class together) and the curves of the `WORST_CLASSES` classes with the smallest area.
    """
    names = common_label_names(predictions)
    curves = _curves(predictions, _roc)
    figure, axes = new_figure(_roc_title(predictions, curves, names))
    axes[0].plot([0, 1], [0, 1], **REFERENCE)
    axes[0].set_xlabel(f"False positive rate (share of other {nouns(predictions)[1]} flagged)")
    axes[0].set_ylabel(f"True positive rate ({_share_found(predictions, names)})")
    _draw(figure, axes[0], {f"{name} (AUC {curve.area:.3f})": curve for name, curve in curves.items()})
    return figure


def precision_recall_figure(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw precision-recall curves, one per class or model as in `roc_figure`.

    The curves are step functions, so the area under a curve is its average precision.
    """
    names = common_label_names(predictions)
    curves = _curves(predictions, _precision_recall)
    figure, axes = new_figure(_precision_recall_title(predictions, curves, names))
    axes[0].set_xlabel(f"Recall ({_share_found(predictions, names)})")
    axes[0].set_ylabel("Precision (share of flags that are right)")
    chances = {curve.chance for curve in curves.values()}
    if len(chances) == 1:
        chance = chances.pop()
        axes[0].axhline(chance, label=f"by chance ({chance:.3f})", **REFERENCE)
    labels = {_precision_recall_label(name, curve, bool(chances)): curve for name, curve in curves.items()}
    _draw(figure, axes[0], labels)
    return figure


def roc_curves(predictions: Mapping[str, pd.DataFrame]) -> dict[str, Curve]:
    """Return the ROC curve of each model; with three or more classes, the mean of its classes' curves."""
    return _by_model(predictions, _roc)


def precision_recall_curves(predictions: Mapping[str, pd.DataFrame]) -> dict[str, Curve]:
    """Return the precision-recall curve of each model; with three or more classes, the mean of its classes' curves."""
    return _by_model(predictions, _precision_recall)


def rare_class_figure(predictions: Mapping[str, pd.DataFrame], label: str) -> Figure:
    """Draw the precision-recall curve of one class for each model.

    Args:
        predictions: each model's predictions, some of which have the class.
        label: the class.
    """
    names = common_label_names(predictions)
    curves = {
        model: _precision_recall(frame["label"].to_numpy() == label, probabilities_of(frame)[:, names.index(label)])
        for model, frame in predictions.items()
    }
    areas = {name: curve.area for name, curve in curves.items()}
    if len(areas) > 1:
        title = f"{shortened(label, 24)}: {lead_of_the_best(areas, 'average precision')}"
    else:
        title = f"How precisely does {shortened(next(iter(areas)))} find {shortened(label, 24)}?"
    figure, axes = new_figure(title)
    axes[0].set_xlabel(f"Recall (share of {shortened(label, 16)} {nouns(predictions)[1]} found)")
    axes[0].set_ylabel("Precision (share of flags that are right)")
    chance = next(iter(curves.values())).chance
    axes[0].axhline(chance, label=f"by chance ({chance:.3f})", **REFERENCE)
    labels = {_precision_recall_label(name, curve, with_chance=False): curve for name, curve in curves.items()}
    _draw(figure, axes[0], labels)
    return figure


def _precision_recall_label(name: str, curve: Curve, with_chance: bool) -> str:
    chance = f", by chance {curve.chance:.3f}" if with_chance else ""
    return f"{name} (average precision {curve.area:.3f}{chance})"


def _draw(figure: Figure, axes: Axes, curves: Mapping[str, Curve]) -> None:
    for position, (label, curve) in enumerate(curves.items()):
        drawstyle = "steps-pre" if curve.steps else "default"
        axes.plot(curve.x, curve.y, label=label, drawstyle=drawstyle, **line_style(position))
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    place_legend(figure, axes)


def _curves(
    predictions: Mapping[str, pd.DataFrame], curve_of: Callable[[np.ndarray, np.ndarray], Curve]
) -> dict[str, Curve]:
    """Return the curves by class for one model of three or more classes, or of several labels, else by model.

    Classes that no text or every text has cannot be ranked and have no curve.
    """
    if not _is_per_class(predictions, common_label_names(predictions)):
        return _by_model(predictions, curve_of)
    pairs = against_rest(next(iter(predictions.values())))
    curves = {name: curve_of(*pair) for name, pair in pairs.items()}
    plural = words_of(predictions)[1]
    return curves if len(curves) <= MOST_CLASSES else _averages(pairs, curves, curve_of, plural)


def _by_model(
    predictions: Mapping[str, pd.DataFrame], curve_of: Callable[[np.ndarray, np.ndarray], Curve]
) -> dict[str, Curve]:
    """Return the mean of each model's curves; none for a model whose classes cannot be ranked."""
    by_model = {
        model: [curve_of(*pair) for pair in against_rest(frame).values()] for model, frame in predictions.items()
    }
    return {model: _mean(curves) for model, curves in by_model.items() if curves}


def _averages(
    pairs: Mapping[str, Pair],
    curves: dict[str, Curve],
    curve_of: Callable[[np.ndarray, np.ndarray], Curve],
    plural: str,
) -> dict[str, Curve]:
    """Return the macro and the micro average of many classes, and the classes with the smallest area."""
    is_class, probability = (np.concatenate(parts) for parts in zip(*pairs.values(), strict=True))
    worst = sorted(curves, key=lambda name: curves[name].area)[:WORST_CLASSES]
    return {
        f"macro average of {len(curves):,} {plural}": _mean(list(curves.values())),
        f"micro average of {len(curves):,} {plural}": _on_grid([curve_of(is_class, probability)]),
    } | {name: curves[name] for name in worst}


def _is_per_class(predictions: Mapping[str, pd.DataFrame], names: list[str]) -> bool:
    return len(predictions) == 1 and not is_binary(predictions, names)


def _mean(curves: list[Curve]) -> Curve:
    return curves[0] if len(curves) == 1 else _on_grid(curves)


def _on_grid(curves: list[Curve]) -> Curve:
    """Return the mean of curves, drawn at the points of `GRID` alone."""
    heights = np.mean([curve.heights() for curve in curves], axis=0)
    area, chance = (float(np.mean([getattr(curve, field) for curve in curves])) for field in ("area", "chance"))
    steps = curves[0].steps
    return Curve(np.r_[0, GRID], np.r_[heights[0] if steps else 0, heights], area, chance, steps)


def _roc(is_class: np.ndarray, probability: np.ndarray) -> Curve:
    false_positive_rate, true_positive_rate, _ = roc_curve(is_class, probability)
    area = float(auc(false_positive_rate, true_positive_rate))
    return Curve(false_positive_rate, true_positive_rate, area, float(is_class.mean()))


def _precision_recall(is_class: np.ndarray, probability: np.ndarray) -> Curve:
    precision, recall, _ = precision_recall_curve(is_class, probability)
    area = float(-np.sum(np.diff(recall) * precision[:-1]))  # average precision, as scikit-learn defines it
    # scikit-learn adds the point at recall 0; it belongs to no threshold.
    return Curve(recall[-2::-1], precision[-2::-1], area, float(is_class.mean()), steps=True)


def _share_found(predictions: Mapping[str, pd.DataFrame], names: list[str]) -> str:
    if is_binary(predictions, names):
        return f"share of {shortened(names[1], 16)} {nouns(predictions)[1]} found"
    word, plural = words_of(predictions)
    return f"share of the {word} found" if _is_per_class(predictions, names) else f"share found, mean over {plural}"


def _roc_title(predictions: Mapping[str, pd.DataFrame], curves: Mapping[str, Curve], names: list[str]) -> str:
    if not curves:
        return f"No ROC curve: all {nouns(predictions)[1]} have the same {words_of(predictions)[0]}"
    if len(curves) > 1 and len(predictions) > 1:
        return lead_of_the_best({name: curve.area for name, curve in curves.items()}, "AUC")
    model, worst = shortened(next(iter(predictions))), min(curves, key=lambda name: curves[name].area)
    if not is_binary(predictions, names):
        others = "the other classes" if words_of(predictions)[0] == "class" else "texts without it"
        return f"{model} separates {worst} least well from {others} (AUC {curves[worst].area:.3f})"
    share, (noun, _) = percent(curves[worst].area), nouns(predictions)
    return f"{model} ranks a {names[1]} {noun} above a {names[0]} {noun} {share} of the time"


def _precision_recall_title(
    predictions: Mapping[str, pd.DataFrame], curves: Mapping[str, Curve], names: list[str]
) -> str:
    if not curves:
        return f"No precision-recall curve: all {nouns(predictions)[1]} have the same {words_of(predictions)[0]}"
    if len(curves) > 1 and len(predictions) > 1:
        return lead_of_the_best({name: curve.area for name, curve in curves.items()}, "average precision")
    model, worst = shortened(next(iter(predictions))), min(curves, key=lambda name: curves[name].area)
    curve = curves[worst]
    right = percent(float(curve.y[curve.x >= RECALL_IN_TITLE].max()))
    binary = is_binary(predictions, names)
    flagged = names[1] if binary else worst
    found = f"{percent(RECALL_IN_TITLE)} recall of {flagged} {nouns(predictions)[1]}"
    finding = f"at {found}, the precision of {model} is {right}"
    return finding[0].upper() + finding[1:] if binary else f"Hardest {words_of(predictions)[0]}: {finding}"
