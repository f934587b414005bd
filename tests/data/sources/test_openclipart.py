"""Drawings and their titles keep the splits of the list, and no picture of test is in training."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_pictures import picture

import textlab.data
from textlab.data.sources import openclipart
from textlab.data.sources.openclipart import drawings
from textlab.data.split import duplicate_keys
from textlab.inputs import kind_of

TITLES_DIGEST = "c2a146010dccfa887b46dfc96dc2a7924b7e4356e768814bda9aa546fb05c7b3"  # before there were pictures

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


SAME = {"a3": "a2", "b2": "c1", "a1": "c1"}  # pictures that are copies of another


def fill(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(f"{line}\n" for line in ["image,text,label,group,split", *ROWS]).encode()
    (mirror / "openclipart" / "images").mkdir(parents=True)
    (mirror / "openclipart" / "articles.csv").write_bytes(content)
    known = replace(drawings.ARTICLES, checksums=(hashlib.sha256(content).hexdigest(),))
    monkeypatch.setattr(drawings, "ARTICLES", known)
    names = [row.partition(",")[0] for row in ROWS]
    lines = []
    for name in names:
        stem = Path(name).stem
        drawn = picture(seed=int.from_bytes(SAME.get(stem, stem).encode()), format="JPEG")
        (mirror / "openclipart" / name).write_bytes(drawn)
        lines.append(f"{name} {hashlib.sha256(drawn).hexdigest()}\n")
    checksum = hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
    monkeypatch.setattr(drawings, "PICTURES_CHECKSUM", checksum)


def reasons_of(dataset: textlab.data.Dataset) -> dict[int, str]:
    assert dataset.preparation is not None
    return dataset.preparation.dropped.set_index("line")["reason"].astype(str).to_dict()


def test_test_keeps_all_rows_and_its_titles_leave_the_other_splits(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, monkeypatch)
    dataset = openclipart.load(pictures=False)
    assert dataset.test["id"].to_list() == ["c1", "c2"]
    assert dataset.validation["text"].to_list() == ["A dog"]
    assert dataset.train["text"].to_list() == [f"{name} {n}" for name in openclipart.LABEL_NAMES for n in range(2)]
    assert reasons_of(dataset) == {
        24: "text is also in test",
        25: "same text with another label",
        26: "same text with another label",
        28: "text is also in test",
    }


def test_with_pictures_a_title_may_be_in_two_splits_but_no_picture(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, monkeypatch)
    dataset = openclipart.load()
    assert dataset.inputs == ("text", "image")
    assert reasons_of(dataset) == {
        24: "picture is also in test",
        25: "same text with another label",
        26: "same text with another label",
        28: "picture is also in test",
    }
    stored = (mirror / "openclipart" / "images" / "c2.jpg").read_bytes()
    assert kind_of("image").encode([dataset.test["image"].iloc[1]]) == [stored]


def test_pictures_are_loaded_unless_the_name_says_otherwise(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    for name, inputs in (("openclipart", ("text", "image")), ("openclipart?pictures=false", ("text",))):
        dataset = textlab.data.load(name)
        assert dataset.inputs == inputs
        assert textlab.data.load(dataset.name).digest == dataset.digest


def test_missing_pictures_are_named(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    (mirror / "openclipart" / "images" / "c2.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks 1 of 29 pictures: images/c2\.jpg.*openclipart\?pictures=false"):
        openclipart.load()
    openclipart.load(pictures=False)


def test_picture_that_was_changed_is_refused(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    (mirror / "openclipart" / "images" / "c2.jpg").write_bytes(picture(seed=1, format="JPEG"))
    with pytest.raises(ValueError, match=r"are not the published ones: .* have the checksum \w{64}; expected \w{64}"):
        openclipart.load()


def test_series_of_drawings_are_groups_that_no_model_reads(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    dataset = openclipart.load()
    assert dataset.test["group"].to_list() == ["transportation/signs2", "tools/signs"]
    assert dataset.preparation is not None
    assert dataset.preparation.group_column == "group"


def test_missing_list_says_how_to_load_one_of_your_own(raw_data: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"load it as file:articles\.csv\?group=group\."):
        textlab.data.fetch("openclipart")


def test_real_titles_alone_are_the_data_of_before_there_were_pictures(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = textlab.data.load("openclipart?pictures=false")
    assert dataset.digest == TITLES_DIGEST
    assert [len(frame) for _, frame in dataset.splits()] == [872, 175, 457]
    for values in (lambda frame: set(duplicate_keys(frame["text"])), lambda frame: set(frame["group"])):
        found = [values(frame) for _, frame in dataset.splits()]
        assert len(set.union(*found)) == sum(map(len, found))


def test_real_splits_share_no_picture_and_no_series(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = textlab.data.load("openclipart")
    assert [len(frame) for _, frame in dataset.splits()] == [1317, 216, 457]
    for values in (lambda frame: set(frame["image"].map(kind_of("image").identity)), lambda frame: set(frame["group"])):
        found = [values(frame) for _, frame in dataset.splits()]
        assert len(set.union(*found)) == sum(map(len, found))
