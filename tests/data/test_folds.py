"""Folds share no example and no group, hold each class alike, and depend on the seed alone."""

import numpy as np
import pandas as pd
import pytest

from textlab.data.folds import check_folds, fold_numbers


def rows(labels: list[int], **columns: list[str]) -> pd.DataFrame:
    texts = [f"tweet {number}" for number in range(len(labels))]
    return pd.DataFrame({"id": texts, "text": texts, "label": labels} | columns)


def test_each_class_has_the_same_number_of_rows_in_every_fold() -> None:
    frame = rows([0] * 50 + [1] * 20)
    numbers = fold_numbers(frame, 5, seed=0)
    assert pd.crosstab(numbers, frame["label"]).to_numpy().tolist() == [[10, 4]] * 5


def test_rows_of_one_group_share_a_fold() -> None:
    groups = [f"author {number // 4}" for number in range(80)]
    frame = rows([0, 1] * 40, group=groups)
    numbers = pd.Series(fold_numbers(frame, 4, seed=1))
    assert (numbers.groupby(groups).nunique() == 1).all()
    assert numbers.value_counts().tolist() == [20] * 4


def test_copies_of_a_text_share_a_fold() -> None:
    frame = rows([0, 1] * 20)
    frame["text"] = [f"tweet {number // 2}".upper() if number % 2 else f"tweet {number // 2}" for number in range(40)]
    numbers = fold_numbers(frame, 4, seed=0)
    assert (numbers[::2] == numbers[1::2]).all()


def test_folds_do_not_depend_on_the_order_of_the_rows_but_on_the_seed() -> None:
    frame = rows([0, 1, 2] * 20)
    first, mixed = fold_numbers(frame, 3, seed=0), frame.sample(frac=1, random_state=2)
    assert (fold_numbers(mixed, 3, seed=0) == first[mixed.index]).all()
    assert (fold_numbers(frame, 3, seed=1) != first).any()


def test_the_only_row_of_a_class_stays_in_training() -> None:
    frame = rows([0] * 10 + [1] * 9 + [2])
    numbers = fold_numbers(frame, 5, seed=0)
    assert numbers[-1] == -1
    assert set(numbers[:-1]) == set(range(5))


def test_the_rows_of_a_class_in_two_folds_are_never_all_left_out() -> None:
    frame = rows([0] * 10 + [1] * 2)
    numbers = fold_numbers(frame, 5, seed=0)
    assert len(set(numbers[-2:])) == 2
    assert np.all(numbers >= 0)


@pytest.mark.parametrize("folds", [1, -3, 21])
def test_a_number_of_folds_out_of_range_is_refused(folds: int) -> None:
    with pytest.raises(ValueError, match=f"folds is {folds}. Choose 2 to 20 folds, or 0 for none."):
        check_folds(folds)


def test_fewer_groups_than_folds_are_refused() -> None:
    frame = rows([0, 1] * 10, group=["one", "two"] * 10)
    with pytest.raises(ValueError, match="5 folds need as many groups in train, which has 2"):
        fold_numbers(frame, 5, seed=0)
