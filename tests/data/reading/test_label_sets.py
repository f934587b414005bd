from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from textlab.data.reading import columns
from textlab.data.reading.label_sets import check_separator, columns_of, label_set_concerns, label_sets, not_labelled

PATH = Path("t.jsonl")


def table_of(values: list[Any], name: str = "labels") -> pd.DataFrame:
    lines = range(2, len(values) + 2)
    return pd.DataFrame({"text": [f"text {n}" for n in lines], name: pd.Series(values, lines, dtype=object)}, lines)


def read(values: list[Any], separator: str = "") -> tuple[list[tuple[int, ...]], tuple[str, ...]]:
    return label_sets(table_of(values), PATH, ("labels",), separator)


@pytest.mark.parametrize(
    "values",
    [
        [["joy", "anger"], [], ["joy"], ["joy", "joy"]],
        [np.array(["joy", "anger"], object), np.array([], object), ("joy",), ["joy", " joy "]],
        ["['joy', 'anger']", "[]", '["joy"]', "['joy', 'joy', '']"],
    ],
)
def test_lists_are_read_also_where_a_table_spells_them(values: list[Any]) -> None:
    assert read(values) == ([(0, 1), (), (1,), (1,)], ("anger", "joy"))


@pytest.mark.parametrize(("joint", "separator"), [("|", "|"), ("|", "pipe"), (", ", "comma"), (" & ", " & ")])
def test_names_are_joined_by_the_stated_separator(joint: str, separator: str) -> None:
    sets = read([f"joy{joint}anger", "", "joy", f"joy{joint}"], separator)
    assert sets == ([(0, 1), (), (1,), (1,)], ("anger", "joy"))


def test_numbers_are_labels_in_any_spelling_and_in_order() -> None:
    assert read([[10, 2.0], ["2"], []]) == ([(0, 1), (0,), ()], ("2", "10"))
    assert read(["10|2", "2.0", ""], "|")[1] == ("2", "10")


@pytest.mark.parametrize("values", [["1", "0", "1"], [1, 0, 1], [True, False, True], ["true", "False", "1.0"]])
def test_columns_of_zero_and_one_are_labels_in_their_order(values: list[Any]) -> None:
    table = table_of(values, "joy").assign(anger=[0, 0, 1])
    assert label_sets(table, PATH, ("joy", "anger"), "") == ([(0,), (), (0, 1)], ("joy", "anger"))
    assert columns_of("joy, anger,,joy") == ("joy", "anger")


def test_rows_that_nobody_labelled_are_told_apart_from_rows_without_a_label() -> None:
    table = table_of([[], None, ["joy"], "", float("nan")])
    assert not_labelled(table, ("labels",), "").to_list() == [False, True, False, True, True]
    assert not_labelled(table, ("labels",), "|").to_list() == [False, True, False, False, True]
    with pytest.raises(
        ValueError, match=r"t.jsonl, 3 rows, lines 3, 5, 6: the column 'labels' is empty\. Write \[\] for"
    ):
        label_sets(table, PATH, ("labels",), "")


@pytest.mark.parametrize(
    ("values", "separator", "message"),
    [
        (["joy", "anger|joy"], "", r"2 rows, lines 2, 3: .* texts such as 'joy', which are no lists\. State what sep"),
        (["0", "1"], "", r"holds only 0 and 1, which is one label\. Name all columns of labels, such as labels="),
        ([["joy"], {"joy": 1}], "", r"line 3: .* holds a value of type dict where labels are expected"),
        ([["joy"], [["joy"]]], "", r"line 3: .* holds a value of type list where labels are expected"),
        ([["joy"], [float("nan")]], "", r"line 3: .* type list where labels are expected"),
        ([["joy"], [None]], "|", r"line 3: .* type list where labels are expected"),
    ],
)
def test_cells_that_cannot_be_read_are_named_by_line(values: list[Any], separator: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(values, separator)


def test_wrong_columns_are_named() -> None:
    table = table_of(["1", "x", ""], "joy").assign(anger=1)
    with pytest.raises(ValueError, match=r"t.jsonl has no column 'fear'; it has text, joy, anger\. Name the column of"):
        label_sets(table, PATH, ("joy", "fear"), "")
    with pytest.raises(ValueError, match=r"2 rows, lines 3, 4: the column 'joy' holds '', 'x'\. .* unlabelled=drop"):
        label_sets(table, PATH, ("joy", "anger"), "")
    with pytest.raises(ValueError, match=r"label_separator= is for one column of joined names"):
        label_sets(table, PATH, ("joy", "anger"), "|")


def test_joined_names_without_a_separator_are_told_before_empty_cells() -> None:
    with pytest.raises(ValueError, match=r"2 rows, lines 2, 4: .* texts such as 'joy\|anger', which are no lists"):
        read(["joy|anger", "", "joy"])


def test_wrong_separator_is_refused_or_told() -> None:
    for stated in ("dash", "a", "3"):
        with pytest.raises(ValueError, match=f"label_separator={stated} is no separator. Give one of comma"):
            check_separator(stated)
    for stated in ("", "Pipe", "|", " and ", "; "):
        check_separator(stated)
    (concern,) = label_set_concerns(*read(["joy|anger", "joy", "fear"], ","))
    assert concern.text.startswith("Some labels join the names of others: joy|anger (1 row). Each is treated as")


@pytest.mark.parametrize("spelled", ["['joy', 'anger']", '["joy"]', "[1, 2]", " ['joy'] ", "[]"])
def test_list_never_becomes_the_name_of_a_class(spelled: str) -> None:
    table = table_of(["joy", spelled], "label")
    with pytest.raises(
        ValueError, match=r"t.jsonl, line 3: the column 'label' holds lists.* write labels=label in place"
    ):
        columns.examples(table, PATH, "text", "label", "id")


@pytest.mark.parametrize("name", ["[joy]", "[", "[]]", "['joy'", "[joy, anger]", "[{}]"])
def test_class_in_brackets_that_is_no_list_stays_a_class(name: str) -> None:
    assert columns.examples(table_of(["joy", name], "label"), PATH, "text", "label", "id")[1] == tuple(
        sorted(("joy", name))
    )
