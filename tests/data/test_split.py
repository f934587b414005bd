"""Splits share no text, keep class proportions, and do not depend on the order of rows."""

import logging

import pandas as pd
import pytest

from textlab.data import split
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog


def new_log(rows: int = 8) -> PreparationLog:
    return PreparationLog("some dataset", rows, ("zero", "one"))


def examples(rows: list[tuple[str, int]]) -> pd.DataFrame:
    ids = [str(number) for number in range(len(rows))]
    return pd.DataFrame({"id": ids, "text": [row[0] for row in rows], "label": [row[1] for row in rows]})


def many(count: int, classes: int = 2) -> pd.DataFrame:
    return examples([(f"tweet number {number}", number % classes) for number in range(count)])


def test_texts_that_differ_in_case_and_white_space_are_duplicates() -> None:
    keys = split.duplicate_keys(["Late AGAIN", " late\u00a0 again\n", "STRASSE", "straße", "late"])
    assert keys[0] == keys[1]
    assert keys[2] == keys[3]
    assert len(set(keys)) == 3


def test_first_duplicate_stays_and_contradictory_texts_go(caplog: pytest.LogCaptureFixture) -> None:
    frame = examples([("late", 0), ("Late ", 0), ("fine", 1), ("FINE", 0), ("good", 1)])
    with caplog.at_level(logging.INFO, logger="textlab.data"):
        kept = split.drop_duplicates(frame, new_log())
    assert kept["text"].to_list() == ["late", "good"]
    assert caplog.messages == [
        "some dataset: dropped 2 row(s): same text with another label; first line(s): 2, 3",
        "some dataset: dropped 1 row(s): copy of another row; first line(s): 1",
    ]


def test_empty_texts_are_dropped_with_a_warning_that_names_the_first_lines(caplog: pytest.LogCaptureFixture) -> None:
    frame = examples([("late", 0), (" ", 0), ("", 1), ("\n\t", 0), ("", 1), ("", 1), ("\u00a0", 1), ("good", 1)])
    with caplog.at_level(logging.WARNING, logger="textlab.data"):
        kept = split.drop_empty(frame.set_axis(range(2, 10), axis="index"), new_log())
    assert kept["text"].to_list() == ["late", "good"]
    assert caplog.messages == ["some dataset: dropped 6 row(s): empty text; first line(s): 3, 4, 5, 6, 7 and 1 more"]


def test_texts_of_another_frame_are_dropped() -> None:
    kept = split.drop_texts_of(
        examples([("Late ", 0), ("good", 1)]), examples([("late", 1)]), new_log(), Reason.IN_TEST
    )
    assert kept["text"].to_list() == ["good"]


def test_separate_keeps_all_test_rows_and_removes_their_texts_elsewhere() -> None:
    test = examples([("a", 0), ("a", 0), ("b", 1)])
    validation = examples([("A", 0), ("c", 1)])
    train = examples([("a", 0), ("C", 1), ("d", 0), ("d", 0), ("e", 0), ("e", 1), ("f", 1)])
    parts = split.separate(train, validation, test, new_log())
    assert [part["text"].to_list() for part in parts] == [["d", "f"], ["c"], ["a", "a", "b"]]


def test_split_keeps_shares_and_class_proportions() -> None:
    frame = examples([(f"tweet {number}", int(number % 5 == 0)) for number in range(1000)])
    parts = split.stratified_split(frame, (0.7, 0.1, 0.2), seed=13)
    assert [len(part) for part in parts] == [700, 100, 200]
    assert [int(part["label"].sum()) for part in parts] == [140, 20, 40]


def test_duplicates_of_a_text_go_to_the_same_part() -> None:
    frame = examples([(f"tweet {number // 3}", number // 3 % 2) for number in range(300)])
    parts = split.stratified_split(frame, (0.6, 0.2, 0.2), seed=0)
    owners = [set(part["text"]) for part in parts]
    assert sum(map(len, parts)) == 300
    assert len(set.union(*owners)) == sum(map(len, owners)) == 100


def test_split_does_not_depend_on_the_order_of_the_rows() -> None:
    frame = many(200)
    shuffled = frame.sample(frac=1, random_state=1)
    assert shuffled["id"].to_list() != frame["id"].to_list()
    for ours, theirs in zip(
        split.stratified_split(frame, (0.7, 0.3), seed=1),
        split.stratified_split(shuffled, (0.7, 0.3), seed=1),
        strict=True,
    ):
        pd.testing.assert_frame_equal(ours, theirs)


def test_another_seed_gives_another_split() -> None:
    first, _ = split.stratified_split(many(100), (0.5, 0.5), seed=1)
    second, _ = split.stratified_split(many(100), (0.5, 0.5), seed=2)
    assert set(first["id"]) != set(second["id"])


def test_every_part_of_tiny_data_has_every_class() -> None:
    parts = split.stratified_split(many(9, classes=3), (0.8, 0.1, 0.1), seed=0)
    assert [sorted(part["label"]) for part in parts] == [[0, 1, 2]] * 3


def test_label_with_too_few_texts_is_an_error_that_names_it() -> None:
    frame = pd.concat([many(30), examples([("rare", 2)])])
    with pytest.raises(ValueError, match=r"at least 3 distinct texts of each label: 'odd' has 1\. Add texts"):
        split.stratified_split(frame, (0.7, 0.1, 0.2), 13, ("no", "yes", "odd"))


def test_rare_labels_can_stay_in_train() -> None:
    frame = pd.concat([many(30), examples([("rare", 2), ("scarce", 3), ("scarcer", 3)])])
    train, validation, test = split.stratified_split(frame, (0.7, 0.1, 0.2), 13, rare="train")
    assert set(train["label"]) == {0, 1, 2, 3}
    assert set(validation["label"]) == set(test["label"]) == {0, 1}
    assert sorted(train.loc[train["label"] > 1, "text"]) == ["rare", "scarce", "scarcer"]
    assert sum(map(len, (train, validation, test))) == 33


def test_labels_that_are_all_rare_are_an_error_even_if_they_may_stay_in_train() -> None:
    frame = examples([("one", 0), ("two", 0), ("three", 1), ("four", 1)])
    with pytest.raises(ValueError, match=r"No label has 3 distinct texts, .* Add texts, merge labels, or add a split"):
        split.stratified_split(frame, (0.7, 0.1, 0.2), 13, rare="train")


def test_many_rare_labels_are_counted_in_one_error() -> None:
    frame = pd.concat([many(30), examples([(f"text {label}", label) for label in range(2, 60)])])
    with pytest.raises(ValueError, match="'2' has 1, '3' has 1, '4' has 1, '5' has 1, '6' has 1 and 53 more"):
        split.stratified_split(frame, (0.7, 0.1, 0.2), 13)


@pytest.mark.parametrize("shares", [(0.7, 0.1), (1.1, -0.1), (0.5, 0.5, 0.5)])
def test_shares_that_do_not_sum_to_one_are_an_error(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="They must be positive and sum to one"):
        split.stratified_split(many(30), shares, 13)


@pytest.mark.parametrize("shares", [(0.7, 0.1, 0.2), (0.1, 0.1, 0.8), (0.1, 0.8, 0.1), (0.8, 0.1, 0.1)])
@pytest.mark.parametrize("rare", [3, 4, 7])
@pytest.mark.parametrize("seed", [0, 13])
def test_rare_class_is_in_every_part_and_shares_are_kept(shares: tuple[float, ...], rare: int, seed: int) -> None:
    frame = pd.concat([many(1000), examples([(f"rare {n}", 2) for n in range(rare)])])
    parts = split.stratified_split(frame, shares, seed)
    assert all(set(part["label"]) == {0, 1, 2} for part in parts)
    assert [len(part) for part in parts] == pytest.approx([share * (1000 + rare) for share in shares], abs=2)
    assert len({text for part in parts for text in part["text"]}) == 1000 + rare


def test_shares_that_leave_fewer_texts_than_classes_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"of 12 distinct texts leave too few for 3 classes in each of 3 parts"):
        split.stratified_split(many(12, classes=3), (0.1, 0.1, 0.8), 13)
