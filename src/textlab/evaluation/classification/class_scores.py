"""Results of single classes: their scores, and the pairs that a model confuses."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.evaluation.classification.decision_scores import SCORES_OF_A_CLASS
from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.classification.metrics import metric_name
from textlab.evaluation.classification.predictions import class_indices, label_names_of
from textlab.evaluation.statistics.bootstrap import CONFIDENCE, bootstrap

RESAMPLES = 2_000  # the scores of a class need no more than two digits


def class_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """Compute precision, recall and F1 of each class that a text has.

    A class that is never predicted has a precision of 0.

    Returns:
        A row per class (the index), the lowest F1 first: `texts`, `precision`, `recall`, `f1`.
    """
    from sklearn.metrics import precision_recall_fscore_support

    names = label_names_of(predictions)
    labels, predicted = class_indices(predictions, "label"), class_indices(predictions, "predicted")
    precision, recall, f1, texts = precision_recall_fscore_support(
        labels, predicted, labels=range(len(names)), zero_division=0
    )
    columns = {"texts": texts, "precision": precision, "recall": recall, "f1": f1}
    table = pd.DataFrame(columns, index=pd.Index(names, name="class"))
    return table[table["texts"] > 0].sort_values("f1", kind="stable")


def class_intervals(predictions: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Compute the bootstrap interval of precision, recall and F1 of some classes.

    Args:
        predictions: a model's predictions.
        names: the classes; each has an example.

    Returns:
        A row per class (the index) with precision_low, precision_high, recall_low and so on. Where all resamples have
        the same score, such as a recall of 0, precision and recall have Wilson's interval, and F1 has NaN.
    """
    metrics = {(name, kind): f"{kind}_{metric_name(name)}" for name in names for kind in SCORES_OF_A_CLASS}
    scored = bootstrap(decisions_of({"model": predictions}), list(metrics.values()), RESAMPLES)
    rows: dict[str, dict[str, float]] = {name: {} for name in names}
    for (name, kind), metric in metrics.items():
        low, high = scored[metric].interval()
        if low != low and kind in ("precision", "recall"):
            counted = "predicted" if kind == "precision" else "label"
            low, high = _wilson(float(scored[metric].observed[0]), int((predictions[counted] == name).sum()))
        rows[name][f"{kind}_low"], rows[name][f"{kind}_high"] = low, high
    return pd.DataFrame.from_dict(rows, orient="index")


def _wilson(share: float, count: int) -> tuple[float, float]:
    """Return Wilson's interval of a share of `count` examples; NaN if there are none."""
    from scipy.stats import binomtest

    if not count:
        return float("nan"), float("nan")
    interval = binomtest(round(share * count), count).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def confused_pairs(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count the mistakes of each pair of classes.

    Returns:
        A row per pair that occurs, the most frequent first: `label` and `predicted` (class names), `count`, `texts` (of
        the true class) and `share`, the count's share of them. Of equal counts, the larger share comes first.
    """
    labels, predicted = class_indices(predictions, "label"), class_indices(predictions, "predicted")
    names = np.array(label_names_of(predictions), dtype=object)
    texts, is_wrong = np.bincount(labels, minlength=len(names)), labels != predicted
    pairs, counts = np.unique(np.column_stack([labels, predicted])[is_wrong], axis=0, return_counts=True)
    table = pd.DataFrame({"label": names[pairs[:, 0]], "predicted": names[pairs[:, 1]], "count": counts})
    table["texts"] = texts[pairs[:, 0]]
    table["share"] = table["count"] / table["texts"]
    return table.sort_values(["count", "share"], ascending=False, kind="stable", ignore_index=True)
