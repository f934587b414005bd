"""Split queries into parts that share no text."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.data.split import check_fractions, duplicate_keys


def split_queries(queries: pd.DataFrame, fractions: Sequence[float], seed: int) -> list[pd.DataFrame]:
    """Split queries by text, in the order of a hash of the seed and the text.

    Copies of a text, regardless of case and white space, go to the same part. The parts do not depend on the order of
    the rows; each is in the order of the hash, so its first rows are a random draw of it.

    Args:
        queries: rows with the column `text`. Other columns are kept.
        fractions: the share of each part, such as (0.8, 0.1, 0.1). They sum to one.
        seed: seed of the split.

    Raises:
        ValueError: the shares do not sum to one, or there are fewer distinct texts than parts.
    """
    check_fractions(fractions)
    keys = pd.Series(duplicate_keys(queries["text"]), dtype=object)
    distinct = sorted(set(keys), key=lambda key: hashlib.sha256(f"{seed}\x00{key}".encode()).digest())
    parts = len(fractions)
    if len(distinct) < parts:
        raise ValueError(
            f"There are {len(distinct)} distinct queries, and a split into {parts} parts needs at least {parts}. Add "
            "queries."
        )
    numbers = np.arange(parts)
    ends = np.maximum(1, np.rint(np.cumsum(fractions) * len(distinct)).astype(int))
    ends = np.maximum.accumulate(ends - numbers) + numbers  # each part has a text
    ends = np.minimum(ends, len(distinct) - parts + 1 + numbers)
    position = keys.map({key: number for number, key in enumerate(distinct)}).to_numpy()
    order = np.argsort(position, kind="stable")
    part_of = np.searchsorted(ends, position[order], side="right")
    return [queries.iloc[order[part_of == part]] for part in range(parts)]
