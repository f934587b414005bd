"""Labels mean the same in every format, and labels that look wrong are refused or warned about."""

import json
import logging
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from textlab.concerns import ConcernKind
from textlab.data.reading import columns, tables

PATH = Path("t.csv")


def table_of(labels: list[Any]) -> pd.DataFrame:
    texts = [f"tweet {number}" for number in range(len(labels))]
    lines = range(2, len(labels) + 2)
    return pd.DataFrame({"text": texts, "label": pd.Series(labels, dtype=object)}).set_axis(lines, axis="index")


def classes(labels: list[Any]) -> tuple[str, ...]:
    return columns.examples(table_of(labels), PATH, "text", "label", "id")[1]


def concerns(labels: list[Any]) -> list[tuple[ConcernKind, str]]:
    return [(concern.kind, concern.finding) for concern in columns.label_concerns(table_of(labels), "label")]


@pytest.mark.parametrize(
    "labels", [["0", "1"], ["0.0", "1.0"], [0, 1], [0.0, 1.0], ["0.00", "1"], pd.Series([0, 1], dtype="int8").to_list()]
)
def test_whole_numbers_are_the_same_classes_in_every_spelling(labels: list[Any]) -> None:
    assert classes(labels) == ("0", "1")


@pytest.mark.parametrize("labels", [["true", "false"], ["True", "False"], ["TRUE", "FALSE"], [True, False]])
def test_true_and_false_are_the_same_classes_in_every_spelling(labels: list[Any]) -> None:
    assert classes(labels) == ("false", "true")


def test_formats_agree_about_labels(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["a", "b"], "label": [0.0, 1.0]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.astype({"label": int}).to_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.jsonl").write_text('{"text": "a", "label": 0}\n{"text": "b", "label": 1.0}\n')
    found = {
        columns.examples(tables.read(path), path, "text", "label", "id")[1]
        for path in (tmp_path / "t.csv", tmp_path / "t.parquet", tmp_path / "t.jsonl")
    }
    assert found == {("0", "1")}


def test_labels_that_are_not_all_numbers_or_truth_values_stay_as_written() -> None:
    assert classes(["1.0", "2.0", "other"]) == ("1.0", "2.0", "other")
    assert classes(["True", "False", "Unknown"]) == ("False", "True", "Unknown")
    assert classes(["007", "7", "1.10", "1.1"]) == ("007", "1.1", "1.10", "7")


def test_mixed_types_are_a_concern_that_names_the_classes() -> None:
    ((kind, finding),) = concerns([1, "1", 1.0, True, 0, "0", 0.0, False])
    assert kind is ConcernKind.LABEL_TYPES
    assert finding == (
        "The column 'label' mixes types: number (4 rows), text (2 rows), true or false (2 rows). The labels became "
        "the 4 classes 1 (3 rows), 0 (3 rows), true (1 row), false (1 row)."
    )


def test_two_spellings_of_one_class_are_a_concern() -> None:
    ((kind, finding),) = concerns(["1", "1.0", "2", "2"])
    assert (kind, finding) == (ConcernKind.LABEL_TYPES, "The labels 1 (1 row), 1.0 (1 row) became one class, 1.")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ("Café", "case"),
        (unicodedata.normalize("NFD", "café"), "the Unicode form"),
        ("ca\u200bfé", "characters that cannot be seen"),
        ("c\u0430fé", "Cyrillic or Greek letters"),
        ("c\u03b1fé", "Cyrillic or Greek letters"),
        ("café.", "punctuation at the end"),
        ("Café!", "case and punctuation at the end"),
    ],
)
def test_labels_that_look_alike_are_a_concern_that_shows_the_difference(other: str, reason: str) -> None:
    ((kind, finding),) = concerns(["café", other, "bar", "bar"])
    assert kind is ConcernKind.LABEL_NAMES
    assert f"look alike: they differ only in {reason}." in finding
    assert "'caf\\xe9' (1 row)" in finding
    assert finding.isascii()


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [("not sure", "not\xa0sure", "white space"), ("not sure", "not-sure", "hyphens"), ("K", "\u212a", "the Unicode")],
)
def test_spaces_hyphens_and_compatible_letters_are_seen(one: str, other: str, reason: str) -> None:
    ((_, finding),) = concerns([one, other])
    assert reason in finding


@pytest.mark.parametrize(
    "labels",
    [
        ["pos", "positive", "neg", "negative"],
        ["?", "!", "+", "-", ":)", ":("],
        ["-1", "1", "0"],
        ["c", "c++", "c#"],
        ["1-1", "11"],
        ["да", "нет", "не знаю"],
        ["👍", "👎", "❤"],
        ["London, UK", "Leeds, UK", "Paris, France"],
        ["50 % off, or more", "free"],
        [1, 2.0, 2.5],
        ["1", "2", "10"],
    ],
)
def test_labels_that_differ_are_no_concern(labels: list[Any]) -> None:
    assert concerns(labels) == []


@pytest.mark.parametrize("joined", ["joy|anger", "joy; anger", "joy,anger"])
def test_label_that_joins_classes_is_a_concern(joined: str) -> None:
    ((kind, finding),) = concerns(["joy", joined, "joy", joined])
    assert kind is ConcernKind.LABEL_NAMES
    assert finding == (
        f"Some labels join the names of other classes: {joined} (2 rows). Each is treated as a class of its own."
    )


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [["joy", "anger"], "joy", ["joy"]],
            r"t.csv, 2 rows, lines 2, 4: .* type list\. For several labels per text, write labels=label",
        ),
        (["joy", {"joy": 1}], r"t.csv, line 3: .* type dict\. For several labels per text, write labels=label"),
        (["joy", pd.Timestamp(0)], r"t.csv, line 3: .* type Timestamp\. It must be text, a number, or true or false"),
        (["joy", b"joy"], r"t.csv, line 3: .* type bytes\. It must be text"),
    ],
)
def test_value_that_cannot_be_a_label_is_refused(labels: list[Any], message: str) -> None:
    assert concerns(labels) == []
    with pytest.raises(ValueError, match=message):
        classes(labels)


def test_list_in_a_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"text": ["a", "b"], "label": [["joy"], ["joy", "anger"]]}).to_parquet(path)
    with pytest.raises(
        ValueError, match=r"t.parquet, 2 rows, lines 1, 2: .* For several labels per text, write labels=label"
    ):
        columns.examples(tables.read(path), path, "text", "label", "id")


def test_all_texts_of_a_wrong_type_are_counted() -> None:
    table = table_of(["x", "y"] * 5)
    table["text"] = pd.Series([{"full": "a"}, 5] * 5, table.index, dtype=object)
    with pytest.raises(
        ValueError, match=r"10 rows, first lines 2, 3, 4, 5, 6: the column 'text' holds a value of type dict or int\."
    ):
        columns.examples(table, PATH, "text", "label", "id")


@pytest.mark.parametrize("values", [["0", "1"], [0, 1], [False, True]])
def test_one_hot_columns_are_named_if_the_label_is_missing(values: list[Any]) -> None:
    table = pd.DataFrame({"text": ["a", "b"], "joy": values, "anger": values[::-1], "user": ["u", "v"]})
    with pytest.raises(ValueError, match=r"The columns joy, anger hold only 0 and 1 and look like one-hot labels\."):
        columns.examples(table, PATH, "text", "label", "id")


def test_empty_labels_are_marked_by_line() -> None:
    table = table_of(["x", "", None, " ", float("nan"), 0, ["x"]])
    assert columns.unlabelled(table, "label").to_dict() == dict(
        zip(range(2, 9), [False, True, True, True, True, False, False], strict=True)
    )
    assert not columns.unlabelled(table, "class").any()


def test_concerns_about_labels_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        classes(["joy", "joy|anger"])
    assert "t.csv: Some labels join the names of other classes" in caplog.text


def test_concerns_ignore_empty_labels() -> None:
    assert concerns(["x", None, "", float("nan"), "y"]) == []
    assert json.dumps(concerns([None, None])) == "[]"
