"""Results of single labels: their scores, and the labels that are mistaken for each other."""

import numpy as np
import pandas as pd

from textlab.evaluation.multilabel.metrics import average_precisions, label_totals
from textlab.evaluation.multilabel.predictions import (
    in_words,
    input_columns,
    label_names_of,
    predicted_of,
    probabilities_of,
    truth_of,
)


def label_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count the right and wrong decisions about each label that an example has, and compute its scores.

    Returns:
        A row per label (the index), the lowest F1 first: `examples` (with the label), `found` (examples with the label
        that are predicted to have it), `missed`, `false_alarms` (predicted without being true), `precision` (0 if the
        label is never predicted), `recall`, `f1` and `average_precision`.
    """
    truth, predicted = truth_of(predictions), predicted_of(predictions)
    totals = label_totals(truth, predicted)
    found, given, true = (counts.astype(int) for counts in (totals.correct, totals.predicted, totals.labelled))
    table = pd.DataFrame(
        {
            "examples": true,
            "found": found,
            "missed": true - found,
            "false_alarms": given - found,
            "precision": found / np.maximum(given, 1),
            "recall": found / np.maximum(true, 1),
            "f1": 2 * found / np.maximum(true + given, 1),
            "average_precision": average_precisions(truth, probabilities_of(predictions)),
        },
        index=pd.Index(label_names_of(predictions), name="label"),
    )
    return table[table["examples"] > 0].sort_values("f1", kind="stable")


def confused_labels(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count the examples where one label is missed and another is predicted wrongly.

    Returns:
        A row per pair that occurs, the most frequent first: `missed` and `predicted` (label names), `count`, and
        `share`, the count's share of the examples with the missed label.
    """
    truth, predicted = truth_of(predictions), predicted_of(predictions)
    names, examples = np.array(label_names_of(predictions), dtype=object), truth.sum(axis=0)
    pairs = (truth & ~predicted).astype(np.int64).T @ (predicted & ~truth).astype(np.int64)
    missed, given = np.nonzero(pairs)
    table = pd.DataFrame({"missed": names[missed], "predicted": names[given], "count": pairs[missed, given]})
    table["share"] = table["count"] / examples[missed]
    return table.sort_values(["count", "share"], ascending=False, kind="stable", ignore_index=True)


def worst_examples(predictions: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """List the examples whose labels are most wrong: the highest cross-entropy summed over labels; ties keep order.

    Returns:
        At most `count` rows with a wrong label, with the id as index: the inputs, `labels` and `predicted` (names in
        one text), and `wrong`, the number of labels that are missed or predicted wrongly.
    """
    truth, predicted = truth_of(predictions), predicted_of(predictions)
    probabilities = probabilities_of(predictions).astype(np.float64)
    of_truth = np.maximum(np.where(truth, probabilities, 1 - probabilities), np.finfo(np.float32).tiny)
    table = predictions[["id", *input_columns(predictions)]].join(in_words(predictions))
    table = table.assign(wrong=(truth != predicted).sum(axis=1), loss=-np.log(of_truth).sum(axis=1))
    wrong = table[table["wrong"] > 0].sort_values("loss", ascending=False, kind="stable")
    return wrong.drop(columns="loss").set_index("id").head(count)
