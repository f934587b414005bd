"""The out-of-fold predictions of a grid's runs: scores on all training examples, and the likeliest wrong labels."""

from collections.abc import Iterable

import pandas as pd

from textlab import record
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.models.cross_validation import OUT_OF_FOLD
from textlab.report.entries import Entry

EVIDENCE = f"{OUT_OF_FOLD}_accuracy"  # a run with this metric has such predictions


def out_of_fold_frames(entries: Iterable[Entry]) -> dict[str, pd.DataFrame]:
    """Return the predictions of the runs that made any, by the name of the run in the report."""
    return {
        entry.name: record.load_predictions(entry.run.id, OUT_OF_FOLD)
        for entry in entries
        if EVIDENCE in entry.run.metrics
    }


def cross_validated_scores(frames: dict[str, pd.DataFrame], metric: str) -> pd.DataFrame:
    """Score each run on all its out-of-fold predictions together.

    The interval is the bootstrap over examples. It covers other examples for the models of these folds. The folds share
    training examples, so it does not cover other training sets: it is too narrow for "the score of this recipe"
    (Bates, Hastie and Tibshirani 2023, "Cross-validation: what does it estimate and how well does it do it?").

    Returns:
        The columns `examples`, the metric, `low` and `high`; a row per run, the highest score first.
    """
    rows = {}
    for name, frame in frames.items():
        row = compare_classifiers({name: frame}, metric).intervals.loc[name]
        rows[name] = (len(frame), row[metric], row[f"{metric}_low"], row[f"{metric}_high"])
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["examples", metric, "low", "high"])
    return table.sort_values(metric, ascending=False, kind="stable")
