"""Titles of drawings keep the splits of the list, and no title of test is in training."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

import textlab.data
from textlab.data.sources import openclipart
from textlab.data.split import duplicate_keys

ROWS = [
    *(f"images/{name}{n}.jpg,{name} {n},{name},{name}/{n},train" for name in openclipart.LABEL_NAMES for n in range(2)),
    "images/a1.jpg,Signs,transportation,transportation/signs,train",
    "images/a2.jpg,sunny day,food,food/sunny,train",
    "images/a3.jpg,Sunny day,plants,plants/sunny,train",
    "images/b1.jpg,A dog,animals,animals/dog,validation",
    "images/b2.jpg,signs,transportation,transportation/other,validation",
    "images/c1.jpg,signs,transportation,transportation/signs2,test",
    "images/c2.jpg,signs,tools,tools/signs,test",
]


def fill(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(f"{line}\n" for line in ["image,text,label,group,split", *ROWS]).encode()
    (mirror / "openclipart").mkdir()
    (mirror / "openclipart" / "articles.csv").write_bytes(content)
    known = replace(openclipart.ARTICLES, checksums=(hashlib.sha256(content).hexdigest(),))
    monkeypatch.setattr(openclipart, "ARTICLES", known)


def test_test_keeps_all_rows_and_its_titles_leave_the_other_splits(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, monkeypatch)
    dataset = openclipart.load()
    assert dataset.test["id"].to_list() == ["c1", "c2"]
    assert dataset.validation["text"].to_list() == ["A dog"]
    assert dataset.train["text"].to_list() == [f"{name} {n}" for name in openclipart.LABEL_NAMES for n in range(2)]
    reasons = dataset.preparation.dropped.set_index("line")["reason"].astype(str).to_dict()
    assert reasons == {
        24: "text is also in test",
        25: "same text with another label",
        26: "same text with another label",
        28: "text is also in test",
    }


def test_series_of_drawings_are_groups_that_no_model_reads(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    dataset = openclipart.load()
    assert dataset.test["group"].to_list() == ["transportation/signs2", "tools/signs"]
    assert dataset.inputs == ("text",)
    assert dataset.preparation.group_column == "group"


def test_missing_list_says_how_to_load_one_of_your_own(raw_data: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"load it as file:articles\.csv\?group=group\."):
        textlab.data.fetch("openclipart")


def test_real_splits_share_no_title_and_no_series(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = textlab.data.load("openclipart")
    assert [len(frame) for _, frame in dataset.splits()] == [872, 175, 457]
    for values in (lambda frame: set(duplicate_keys(frame["text"])), lambda frame: set(frame["group"])):
        found = [values(frame) for _, frame in dataset.splits()]
        assert len(set.union(*found)) == sum(map(len, found))
