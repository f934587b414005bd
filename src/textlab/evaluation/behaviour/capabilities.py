"""Which behavioural tests a model fails, how often, and on what."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from textlab.evaluation.behaviour.cases import INVARIANCE, MINIMUM_FUNCTIONALITY
from textlab.evaluation.classification.predictions import check_probabilities

# A probability may move so far without failing: two classes that are about as likely change places by chance.
TOLERANCE = 0.1
TEST = ["phenomenon", "kind"]

Predict = Callable[[list[str]], np.ndarray]


def run_cases(
    predict: Predict, cases: pd.DataFrame, label_names: Sequence[str], tolerance: float = TOLERANCE
) -> pd.DataFrame:
    """Ask a model every case, and say which it fails.

    A case of minimum functionality fails where another class than the expected is predicted; one of invariance where
    the predicted class changes and the first one's probability by more than the tolerance; one of direction where
    the expected class loses more probability than the tolerance.

    Args:
        predict: takes a list of n texts and gives their probabilities, (n, k); called once, with distinct texts.
        cases: from `cases.behaviour_cases`.
        label_names: the k classes, in the order of the probabilities.
        tolerance: Ribeiro et al. (2020) use 0.1.

    Returns:
        The cases with the columns predicted (class of the text), before (NaN for minimum functionality) and after
        (probability of the expected class, for invariance of the class predicted for the original; in the original
        and in the text) and failed (bool).

    Raises:
        ValueError: the probabilities have another shape, are not finite or do not sum to one, or a case expects a
            class that is not among the label names.
    """
    originals = cases["original"].where(cases["original"] != "", cases["text"])  # a sentence is its own
    texts = list(dict.fromkeys([*originals, *cases["text"]]))
    probabilities = np.asarray(predict(texts))
    check_probabilities(probabilities, (len(texts), len(label_names)))
    place = {text: row for row, text in enumerate(texts)}
    original = probabilities[originals.map(place).to_numpy()]
    changed = probabilities[cases["text"].map(place).to_numpy()]
    kind = cases["kind"].to_numpy(dtype=object)
    # Of invariance what is expected is what the model says of the original.
    expected = np.where(kind == INVARIANCE, original.argmax(axis=1), _indices(cases["expected"], label_names))
    rows, decided = np.arange(len(cases)), changed.argmax(axis=1)
    before, after = original[rows, expected].astype(float), changed[rows, expected].astype(float)
    failed = {
        MINIMUM_FUNCTIONALITY: decided != expected,
        INVARIANCE: (decided != expected) & (np.abs(after - before) > tolerance),
    }
    return cases.assign(
        predicted=np.array(label_names, dtype=object)[decided],
        before=np.where(kind == MINIMUM_FUNCTIONALITY, np.nan, before),
        after=after,
        failed=np.select([kind == name for name in failed], list(failed.values()), before - after > tolerance),
    )


def _indices(expected: pd.Series, label_names: Sequence[str]) -> np.ndarray:
    """The expected classes as positions in `label_names`; 0 where none is stated."""
    unknown = sorted(set(expected) - set(label_names) - {""})
    if unknown:
        raise ValueError(f"The cases expect the class(es) {unknown}; the model tells {list(label_names)} apart.")
    return np.maximum(pd.Index(label_names).get_indexer(pd.Index(expected)), 0)


def capability_table(results: Mapping[str, pd.DataFrame], confidence: float = 0.95) -> pd.DataFrame:
    """How often each model fails each test.

    Args:
        results: for each model's name what `run_cases` gave on the same cases.
        confidence: of the intervals: Wilson (1927), "Probable inference, the law of succession, and statistical
            inference".

    Returns:
        A row for each test and model, in the order of the cases: phenomenon, kind, model, cases, failures,
        failure_rate, low, high (shares of one).
    """
    from statsmodels.stats.proportion import proportion_confint

    counted = [
        result.groupby(TEST, sort=False)["failed"].agg(cases="size", failures="sum").assign(model=model).reset_index()
        for model, result in results.items()
    ]
    table = pd.concat(counted)[[*TEST, "model", "cases", "failures"]]
    order = table[TEST].apply(tuple, axis=1).map({test: place for place, test in enumerate(_tests(table))})
    table = table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    low, high = proportion_confint(table["failures"], table["cases"], alpha=1 - confidence, method="wilson")
    return table.assign(failure_rate=table["failures"] / table["cases"], low=low, high=high)


def _tests(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(dict.fromkeys(zip(table["phenomenon"], table["kind"], strict=True)))


def failure_examples(results: Mapping[str, pd.DataFrame], count: int = 3) -> pd.DataFrame:
    """Up to `count` failures of each model and test, the clearest first.

    Returns:
        Columns model, phenomenon, kind, original, text, expected, predicted, before, after.
    """
    parts = []
    for model, result in results.items():
        failures = result[result["failed"]]
        # From certain that it is so to certain that it is not; a sentence has no probability before.
        clearness = (failures["before"].fillna(1) - failures["after"]).abs()
        clearest = failures.loc[clearness.sort_values(ascending=False, kind="stable").index]
        parts.append(clearest.groupby(TEST, sort=False).head(count).sort_index().assign(model=model))
    columns = ["model", *TEST, "original", "text", "expected", "predicted", "before", "after"]
    return pd.concat(parts)[columns].reset_index(drop=True)
