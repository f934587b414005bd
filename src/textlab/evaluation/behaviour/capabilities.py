"""Run behavioural tests on a model: failure rates and examples of failures."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from textlab.evaluation.behaviour.cases import INVARIANCE, MINIMUM_FUNCTIONALITY
from textlab.evaluation.classification.predictions import check_probabilities

# A smaller change of probability is no failure: two classes that are about equally likely swap by chance.
TOLERANCE = 0.1
TEST = ["phenomenon", "kind"]

Predict = Callable[[list[str]], np.ndarray]


def run_cases(
    predict: Predict, cases: pd.DataFrame, label_names: Sequence[str], tolerance: float = TOLERANCE
) -> pd.DataFrame:
    """Run a model on every case and mark the failures.

    A minimum functionality case fails if the model predicts another class than the expected one. An invariance case
    fails if the predicted class changes and the probability of the original class changes by more than the tolerance.
    A direction case fails if the expected class loses more probability than the tolerance.

    Args:
        predict: maps a list of n texts to their probabilities, (n, k). It is called once, with distinct texts.
        cases: from `cases.behaviour_cases`.
        label_names: the k classes, in the order of the probabilities.
        tolerance: Ribeiro et al. (2020) use 0.1.

    Returns:
        The cases with more columns. predicted: the predicted class of the text. before, after: the probability of the
        expected class in the original and in the text; for invariance, the class predicted for the original counts as
        expected. before is NaN for minimum functionality. failed: bool.

    Raises:
        ValueError: the probabilities have the wrong shape, are not finite or do not sum to one, or a case expects a
            class that is not among the label names.
    """
    originals = cases["original"].where(cases["original"] != "", cases["text"])  # a sentence has no other original
    texts = list(dict.fromkeys([*originals, *cases["text"]]))
    probabilities = np.asarray(predict(texts))
    check_probabilities(probabilities, (len(texts), len(label_names)))
    row_of_text = {text: row for row, text in enumerate(texts)}
    original = probabilities[originals.map(row_of_text).to_numpy()]
    changed = probabilities[cases["text"].map(row_of_text).to_numpy()]
    kind = cases["kind"].to_numpy(dtype=object)
    expected = np.where(kind == INVARIANCE, original.argmax(axis=1), _indices(cases["expected"], label_names))
    rows, predicted = np.arange(len(cases)), changed.argmax(axis=1)
    before, after = original[rows, expected].astype(float), changed[rows, expected].astype(float)
    failed = {
        MINIMUM_FUNCTIONALITY: predicted != expected,
        INVARIANCE: (predicted != expected) & (np.abs(after - before) > tolerance),
    }
    return cases.assign(
        predicted=np.array(label_names, dtype=object)[predicted],
        before=np.where(kind == MINIMUM_FUNCTIONALITY, np.nan, before),
        after=after,
        failed=np.select([kind == name for name in failed], list(failed.values()), before - after > tolerance),
    )


def _indices(expected: pd.Series, label_names: Sequence[str]) -> np.ndarray:
    """Return the expected classes as positions in `label_names`; 0 where a case states none."""
    unknown = sorted(set(expected) - set(label_names) - {""})
    if unknown:
        raise ValueError(f"The cases expect {unknown}. Make cases for the model's classes: {list(label_names)}.")
    return np.maximum(pd.Index(label_names).get_indexer(pd.Index(expected)), 0)


def capability_table(results: Mapping[str, pd.DataFrame], confidence: float = 0.95) -> pd.DataFrame:
    """Compute each model's failure rate on each test.

    The intervals follow Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    Args:
        results: for each model, the result of `run_cases` on the same cases.
        confidence: confidence of the intervals.

    Returns:
        One row per test and model, in the order of the cases: phenomenon, kind, model, cases, failures, failure_rate,
        low, high (shares of one).
    """
    from statsmodels.stats.proportion import proportion_confint

    counted = [
        result.groupby(TEST, sort=False)["failed"].agg(cases="size", failures="sum").assign(model=model).reset_index()
        for model, result in results.items()
    ]
    table = pd.concat(counted)[[*TEST, "model", "cases", "failures"]]
    order = table[TEST].apply(tuple, axis=1).map({test: position for position, test in enumerate(_tests(table))})
    table = table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    low, high = proportion_confint(table["failures"], table["cases"], alpha=1 - confidence, method="wilson")
    return table.assign(failure_rate=table["failures"] / table["cases"], low=low, high=high)


def _tests(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(dict.fromkeys(zip(table["phenomenon"], table["kind"], strict=True)))


def failure_examples(results: Mapping[str, pd.DataFrame], count: int = 3) -> pd.DataFrame:
    """List up to `count` failures of each model on each test, the clearest ones.

    Returns:
        Columns model, phenomenon, kind, original, text, expected, predicted, before, after.
    """
    parts = []
    for model, result in results.items():
        failures = result[result["failed"]]
        # The clearest failure moves a probability from 1 to 0. A sentence has no probability before.
        clarity = (failures["before"].fillna(1) - failures["after"]).abs()
        clearest = failures.loc[clarity.sort_values(ascending=False, kind="stable").index]
        parts.append(clearest.groupby(TEST, sort=False).head(count).sort_index().assign(model=model))
    columns = ["model", *TEST, "original", "text", "expected", "predicted", "before", "after"]
    return pd.concat(parts)[columns].reset_index(drop=True)
