"""Queries are split by text, with a seed, whatever their order."""

import pandas as pd
import pytest

from textlab.data.query_split import split_queries


def queries(*texts: str) -> pd.DataFrame:
    return pd.DataFrame({"id": [f"q{row}" for row in range(len(texts))], "text": texts})


def test_shares_are_kept_and_no_query_is_lost() -> None:
    parts = split_queries(queries(*(f"text {number}" for number in range(50))), (0.8, 0.1, 0.1), 1)
    assert [len(part) for part in parts] == [40, 5, 5]
    assert len(set(pd.concat(parts)["id"])) == 50


def test_copies_of_a_text_go_to_the_same_part() -> None:
    parts = split_queries(queries(*(f"{case} {number}" for number in range(9) for case in ("A", "a "))), (0.5, 0.5), 1)
    keys = [{text.casefold().replace("  ", " ") for text in part["text"]} for part in parts]
    assert not keys[0] & keys[1]


def test_order_of_the_rows_does_not_matter_and_the_seed_does() -> None:
    rows = queries(*(f"text {number}" for number in range(30)))
    first, again = split_queries(rows, (0.5, 0.5), 1), split_queries(rows[::-1], (0.5, 0.5), 1)
    assert [list(part["id"]) for part in first] == [list(part["id"]) for part in again]
    assert list(first[0]["id"]) != list(split_queries(rows, (0.5, 0.5), 2)[0]["id"])


def test_each_part_has_a_query_however_small_its_share() -> None:
    assert [len(part) for part in split_queries(queries("a", "b", "c"), (0.98, 0.01, 0.01), 1)] == [1, 1, 1]
    assert [len(part) for part in split_queries(queries("a", "b", "c", "d"), (0.01, 0.01, 0.98), 1)] == [1, 1, 2]
    ten = queries(*"abcdefghij")
    assert [len(part) for part in split_queries(ten, (0.3, 0.01, 0.69), 1)] == [3, 1, 6]


def test_fewer_texts_than_parts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"There are 1 distinct queries, and a split into 2 parts needs"):
        split_queries(queries("a", "A"), (0.5, 0.5), 1)
