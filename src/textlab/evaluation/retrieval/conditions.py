"""The share of answers that meet the conditions of their request, such as a place or years of experience."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from textlab.search.filters import Filters, RangeFilter, WordFilter, parse_filters

if TYPE_CHECKING:
    from textlab.data.retrieval_dataset import RetrievalDataset

SHOWN = 10  # answers of a request that a person looks at
WITHOUT = "found_without_conditions"  # the column with the rankings that ignore conditions


def condition_table(predictions: Mapping[str, pd.DataFrame], dataset: "RetrievalDataset") -> pd.DataFrame:
    """Compute the share of answers that meet every condition of their request, with and without reading conditions.

    The conditions are those that the dataset states, not those that a model has read. Only requests with conditions
    count, and of each its first `SHOWN` answers.

    Args:
        predictions: for each model, a frame as `predictions` describes it, of one split.
        dataset: the data that was searched.

    Returns:
        One row per model (the index): `requests` (those with conditions), `answers`, `met` (the share of answers that
        meet all conditions), and `met_without` (the same for the rankings that ignore conditions; NaN if the run has
        none). No rows if the dataset has no fields, or no request has conditions.
    """
    stated = _conditions(dataset)
    rows = {}
    for name, frame in predictions.items():
        asked = frame[[query in stated for query in frame["id"]]]
        if not asked.empty:
            met = _met(asked, "found", stated, dataset)
            without = _met(asked, WITHOUT, stated, dataset) if WITHOUT in asked else pd.Series(dtype=bool)
            shares = {"met": float(met.mean()), "met_without": float(without.mean())}
            rows[name] = {"requests": len(asked), "answers": len(met)} | shares
    return pd.DataFrame.from_dict(rows, orient="index", columns=["requests", "answers", "met", "met_without"])


def _conditions(dataset: "RetrievalDataset") -> dict[str, Filters]:
    """Return the conditions of the queries that have any."""
    if not dataset.fields:
        return {}
    stated = [
        (query, json.loads(conditions))
        for _, frame in dataset.splits()
        if "conditions" in frame
        for query, conditions in zip(frame["id"], frame["conditions"], strict=True)
    ]
    return {query: parse_filters(document, dataset.fields) for query, document in stated if document}


def _met(
    asked: pd.DataFrame, column: str, stated: Mapping[str, Filters], dataset: "RetrievalDataset"
) -> "pd.Series[bool]":
    """Return for each answer whether it meets all conditions of its request."""
    documents = dataset.documents.set_index("id")[list(dataset.fields)].to_dict("index")
    return pd.Series(
        [
            all(_meets(documents[document], condition) for condition in stated[query].conditions)
            for query, found in zip(asked["id"], asked[column], strict=True)
            for document in list(found)[:SHOWN]
        ],
        dtype=bool,
    )


def _meets(document: Mapping[Any, Any], condition: WordFilter | RangeFilter) -> bool:
    value = document[condition.field]
    if isinstance(condition, RangeFilter):
        return value is not None and condition.low <= float(value) <= condition.high
    words = {word.casefold() for word in ([value] if isinstance(value, str) else value or ())}
    wanted = [word.casefold() in words for word in condition.words]
    return all(wanted) if condition.all_of else any(wanted)
