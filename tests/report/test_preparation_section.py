"""The report says first how many rows were read and dropped, then shows why, the classes and the text lengths."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import textlab.data
from textlab.data.dataset import Dataset
from textlab.report.classification.sections.preparation import preparation


@dataclass
class Found:
    """The part of the data's findings that the section reads."""

    dataset: Dataset | None
    problem: str = ""


def shown(found: Any) -> str:
    return preparation(SimpleNamespace(data=found)).html


def load(folder: Path, *more: str) -> Dataset:
    rows = [f"tweet {number},{('late', '<b>')[number % 2]}" for number in range(60)]
    (folder / "tweets.csv").write_text("\n".join(["text,label", *rows, *more]) + "\n")
    return textlab.data.load(f"file:{folder / 'tweets.csv'}")


def test_verdict_and_concerns_come_before_the_tables(tmp_path: Path) -> None:
    html = shown(Found(load(tmp_path, *(f"tweet {number},late" for number in range(0, 20, 2)))))
    assert html.index("70 rows were read, and 10 (14.3%) were dropped") < html.index("10 of 70 rows (14.3%) are copies")
    assert html.index("are copies") < html.index("<table")
    assert "62, 63, 64, 65, 66 and 5 more" in html
    assert "The 10 dropped row(s)" in html
    assert "test, longest" in html


def test_labels_are_escaped_and_a_source_that_dropped_nothing_shows_no_dropped_rows(tmp_path: Path) -> None:
    html = shown(Found(load(tmp_path)))
    assert "60 rows were read, and all are used." in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "dropped row" not in html


def test_dataset_that_cannot_be_loaded_is_explained() -> None:
    assert "it is gone" in shown(Found(None, "The dataset could not be loaded: it is gone."))
