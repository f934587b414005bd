"""Results of single classes: their scores, and the pairs that a model confuses."""

import numpy as np
import pandas as pd

from textlab.evaluation.classification.predictions import class_indices, label_names_of


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
