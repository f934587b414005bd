"""Groups stay together, and a split by time puts the latest rows last."""

import numpy as np
import pandas as pd
import pytest

from textlab.data.grouped_split import grouped_split, split_by_time

NAMES = ("zero", "one", "two")
SHARES = (0.7, 0.1, 0.2)


def authored(rows: int, authors: int, classes: int = 2, seed: int = 0) -> pd.DataFrame:
    """Rows whose authors write different numbers of texts and prefer different classes."""
    random = np.random.default_rng(seed)
    author = np.minimum(random.geometric(3 / authors, rows), authors)
    label = (author + random.integers(0, 2, rows)) % classes
    ids = [str(number) for number in range(rows)]
    texts = [f"tweet {number}" for number in range(rows)]
    return pd.DataFrame({"id": ids, "text": texts, "label": label, "group": [f"author {name}" for name in author]})


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_in_two_parts_and_shares_are_nearly_kept(seed: int) -> None:
    frame = authored(2000, 200, classes=3, seed=seed)
    parts = grouped_split(frame, SHARES, seed, NAMES)
    owners = [set(part["group"]) for part in parts]
    assert len(set.union(*owners)) == sum(map(len, owners))
    assert sum(map(len, parts)) == 2000
    assert [len(part) / 2000 for part in parts] == pytest.approx(SHARES, abs=0.03)
    for part in parts:
        shares = part["label"].value_counts(normalize=True).sort_index()
        whole = frame["label"].value_counts(normalize=True).sort_index()
        assert shares.to_list() == pytest.approx(whole.to_list(), abs=0.06)


def test_parts_do_not_depend_on_the_order_of_the_rows_but_on_the_seed() -> None:
    frame = authored(300, 40)
    first = grouped_split(frame, SHARES, 1, NAMES)
    for ours, theirs in zip(first, grouped_split(frame.sample(frac=1, random_state=3), SHARES, 1, NAMES), strict=True):
        pd.testing.assert_frame_equal(ours, theirs)
    assert set(first[2]["group"]) != set(grouped_split(frame, SHARES, 2, NAMES)[2]["group"])


def test_groups_that_share_a_text_stay_together() -> None:
    frame = authored(300, 60)
    shared = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "text": ["the same", "The  same", "another", "another"],
            "label": [0, 0, 1, 1],
            "group": ["ann", "ben", "ben", "cat"],
        }
    )
    for seed in range(8):
        parts = grouped_split(pd.concat([frame, shared]), SHARES, seed, NAMES)
        assert sorted(len(set(part["id"]) & set("abcd")) for part in parts) == [0, 0, 4]


def test_rare_class_reaches_every_part() -> None:
    rare = pd.DataFrame({"id": list("xyz"), "text": list("xyz"), "label": [2] * 3, "group": ["g1", "g2", "g3"]})
    for seed in range(8):
        parts = grouped_split(pd.concat([authored(400, 60), rare]), SHARES, seed, NAMES)
        assert all(set(part["label"]) == {0, 1, 2} for part in parts)


def test_class_of_one_group_is_an_error_that_names_both() -> None:
    rare = pd.DataFrame({"id": list("xyz"), "text": list("xyz"), "label": [2] * 3, "group": ["g1"] * 3})
    message = (
        r"The column 'author' has \d+ group\(s\) that share no text, 1 of them with the label 'two'\. No split into 3"
    )
    with pytest.raises(ValueError, match=message):
        grouped_split(pd.concat([authored(400, 60), rare]), SHARES, 1, NAMES, "author")


def dated(days: list[int]) -> pd.DataFrame:
    texts = [f"tweet {number}" for number in range(len(days))]
    times = pd.Timestamp("2026-01-01") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame({"id": texts, "text": texts, "label": [n % 2 for n in range(len(days))], "time": times})


def test_latest_rows_are_in_the_last_part() -> None:
    days = np.random.default_rng(0).permutation(200).tolist()
    train, validation, test = split_by_time(dated(days), SHARES, NAMES)
    assert [len(train), len(validation), len(test)] == [140, 20, 40]
    assert train["time"].max() < validation["time"].min()
    assert validation["time"].max() < test["time"].min()


def test_rows_of_one_time_stay_together() -> None:
    parts = split_by_time(dated([0] * 50 + [1] * 30 + [2] * 40), SHARES, NAMES)
    assert [len(part) for part in parts] == [50, 30, 40]
    parts = split_by_time(dated(list(range(60)) + [60] * 60), SHARES, NAMES)
    assert [part["time"].nunique() for part in parts] == [59, 1, 1]


def test_copies_count_as_early_as_the_first_of_them() -> None:
    frame = dated(list(range(100)))
    frame.loc[99, "text"] = "TWEET 0"
    train, _, test = split_by_time(frame, SHARES, NAMES)
    assert "tweet 99" in set(train["id"])
    assert len(test) == 20


def test_too_few_times_and_a_class_that_comes_late_are_errors() -> None:
    with pytest.raises(ValueError, match=r"The column 'day' has 2 distinct time\(s\), and a split by time into 3"):
        split_by_time(dated([0, 1] * 20), SHARES, NAMES, "day")
    late = dated(list(range(50)))
    late["label"] = (late["time"] > "2026-02-15").astype(int)
    with pytest.raises(ValueError, match=r"which are train, have no text with the label\(s\) one\. Make validation="):
        split_by_time(late, SHARES, NAMES)
