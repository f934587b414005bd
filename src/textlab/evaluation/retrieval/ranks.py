"""The place of the first good document in a ranking."""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def best_documents(row: Mapping[Any, Any]) -> list[str]:
    """Return the ids of the documents with the query's highest grade.

    Args:
        row: a row of the frame of predictions.
    """
    highest = max(row["grades"], default=0)
    return [document for document, grade in zip(row["relevant"], row["grades"], strict=True) if grade == highest]


def first_ranks(predictions: pd.DataFrame) -> pd.Series:
    """Return the place, from 1 on, of the first of each query's best documents; missing if none was found."""
    ranks = []
    for row in predictions.to_dict("records"):
        best = set(best_documents(row))
        ranks.append(next((rank for rank, document in enumerate(row["found"], start=1) if document in best), None))
    return pd.Series(ranks, index=predictions.index, dtype="Int64")
