"""Columns of authors and times are found by their usual names or by option, and read strictly where an option asks."""

from pathlib import Path

import pandas as pd
import pytest

import textlab.data
from textlab.data.roles import Roles, find_roles, read_times

PATH = Path("tweets.csv")


def write(folder: Path, header: str, cells: list[str]) -> str:
    rows = [f"tweet number {n},{('late', 'fine')[n % 2]},{cell}\n" for n, cell in enumerate(cells)]
    (folder / "tweets.csv").write_text(f"text,label,{header}\n" + "".join(rows))
    return f"file:{folder / 'tweets.csv'}"


def test_usual_column_is_carried_without_changing_the_split_or_the_digest(tmp_path: Path) -> None:
    plain = textlab.data.load(write(tmp_path, "anything", [f"u{n % 7}" for n in range(60)]))
    carried = textlab.data.load(write(tmp_path, "User-ID", [f"u{n % 7}" for n in range(60)]))
    assert carried.digest == plain.digest
    assert "group" not in plain.train
    assert carried.train["group"].tolist() == [f"u{int(text.split()[-1]) % 7}" for text in carried.train["text"]]
    assert carried.preparation is not None
    assert (carried.preparation.group_column, carried.preparation.time_column) == ("User-ID", "")


def test_named_group_keeps_the_texts_of_an_author_in_one_split(tmp_path: Path) -> None:
    dataset = textlab.data.load(f"{write(tmp_path, 'by', [f'u{n % 30}' for n in range(300)])}?group=by")
    owners = [set(frame["group"]) for _, frame in dataset.splits()]
    assert sum(map(len, owners)) == 30
    assert textlab.data.load(dataset.name).digest == dataset.digest


def test_rows_without_a_group_are_groups_of_their_own(tmp_path: Path) -> None:
    dataset = textlab.data.load(f"{write(tmp_path, 'by', ['', ' '] * 30)}?group=by")
    assert pd.concat([frame["group"] for _, frame in dataset.splits()]).nunique() == 60


def test_named_time_makes_the_latest_rows_the_test_split(tmp_path: Path) -> None:
    days = [f"2026-{1 + n * 7 % 12:02d}-{1 + n * 5 % 28:02d}" for n in range(100)]
    dataset = textlab.data.load(f"{write(tmp_path, 'day', days)}?time=day")
    assert dataset.train["time"].max() < dataset.validation["time"].min()
    assert dataset.validation["time"].max() < dataset.test["time"].min()


def test_group_and_time_together_and_missing_columns_are_errors(tmp_path: Path) -> None:
    spec = write(tmp_path, "by", ["u"] * 40)
    with pytest.raises(ValueError, match=r"group= and time= exclude each other: .* Leave out one\."):
        textlab.data.load(f"{spec}?group=by&time=by")
    with pytest.raises(ValueError, match=r"has no column 'author' for group=; it has text, label, by\. Name one"):
        textlab.data.load(f"{spec}?group=author")


def test_cells_that_are_no_times_are_an_error_that_lists_their_lines(tmp_path: Path) -> None:
    cells = ["2026-01-02"] * 37 + ["soon", "", "2026-99-01"]
    with pytest.raises(ValueError, match="3 rows, lines 39, 40, 41: the column 'day' holds no time that can be read"):
        textlab.data.load(f"{write(tmp_path, 'day', cells)}?time=day")


def test_dates_that_can_be_read_both_ways_are_refused(tmp_path: Path) -> None:
    cells = [f"{1 + n % 12:02d}/{1 + n % 7:02d}/2026" for n in range(40)]
    with pytest.raises(ValueError, match=r"line 3: '02/02/2026'|line \d+: '\d\d/\d\d/2026' in the column 'day' can be"):
        textlab.data.load(f"{write(tmp_path, 'day', cells)}?time=day")


@pytest.mark.parametrize(
    ("cells", "second"),
    [
        (["2026-01-02", "2026-01-03 10:00"], "2026-01-03 10:00"),
        (["2026-01-02T00:00:00Z", "2026-01-02T12:00:00+02:00"], "2026-01-02 10:00"),
        (["13/02/2026", "03/02/2026"], "2026-02-03"),
        (["2024", "2025"], "2025-01-01"),
        (["20260101", "20260203"], "2026-02-03"),
        (["1767225600", "1767229200"], "2026-01-01 01:00"),
        ([1767225600000, 1767229200000], "2026-01-01 01:00"),
        (["Tue Feb 24 11:35:52 +0000 2026", "Wed Feb 25 11:35:52 +0000 2026"], "2026-02-25 11:35:52"),
    ],
)
def test_usual_formats_are_read(cells: list[object], second: str) -> None:
    assert read_times(pd.Series(cells, dtype=object))[1] == pd.Timestamp(second)


def test_column_with_a_usual_name_that_holds_no_times_is_not_carried() -> None:
    table = pd.DataFrame({"text": ["a"], "date": ["soon"], "created at": ["2026-01-01"], "Speaker": ["x"]})
    assert find_roles(table, "", "", ("text", "label"), PATH) == Roles("Speaker", "created at")
    assert find_roles(table, "", "", ("text", "created at"), PATH) == Roles("Speaker", "")
