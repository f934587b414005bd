"""Sentiment140 is read from its archive or its sample, cleaned and split."""

import csv
import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import textlab.data
from textlab.data.sources import sentiment140
from textlab.data.split import duplicate_keys

MANUAL = [
    ("4", "3", "date", "kindle", "", "I LOVE it &lt;3"),
    ("0", "4", "date", "kindle", "", "this is bad"),
    ("2", "5", "date", "kindle", "", "a neutral one"),
]


def csv_text(rows: list[tuple[str, ...]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def put(mirror: Path, path: str, content: bytes) -> tuple[str]:
    (mirror / path).parent.mkdir(parents=True, exist_ok=True)
    (mirror / path).write_bytes(content)
    return (hashlib.sha256(content).hexdigest(),)


def fill_sample(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    negative = [*(f"sad {n}" for n in range(50)), "under both", "sad 1", "i love it <3"]
    positive = [*(f"glad {n} \x85 &amp; â\x99¥" for n in range(50)), "Under  both", ""]
    contents = {
        "negative": "".join(f"{text}\n" for text in negative).encode(),
        "positive": "".join(f"{text}\n" for text in positive).encode(),
        "manual": csv_text(MANUAL).encode(),
    }
    for part, content in contents.items():
        remote = sentiment140.SAMPLE[part]
        known = replace(remote, checksums=put(mirror, remote.path, content))
        monkeypatch.setitem(sentiment140.SAMPLE, part, known)


def fill_archive(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(str(n % 2 * 4), str(1000 + n), "d", "NO_QUERY", "user", f"tweet {n} café ♥") for n in range(60)]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        full = csv_text([*rows, rows[0]])
        # The published file mixes two encodings: Latin-1, and UTF-8 stored byte by byte.
        stored = full.replace("♥", "♥".encode().decode("latin-1")).encode("latin-1")
        opened.writestr(sentiment140.FULL, stored)
        opened.writestr(sentiment140.MANUAL, csv_text(MANUAL))
    remote = sentiment140.ARCHIVE
    known = replace(remote, checksums=put(mirror, remote.path, archive.getvalue()))
    monkeypatch.setattr(sentiment140, "ARCHIVE", known)


def test_sample_is_cleaned_and_a_tenth_is_held_out(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_sample(mirror, monkeypatch)
    dataset = sentiment140.load()
    assert [len(frame) for _, frame in dataset.splits()] == [81, 10, 10]
    texts = {text for _, frame in dataset.splits() for text in frame["text"]}
    assert "glad 7 \x85 & ♥" in texts
    assert "under both" not in {text.lower() for text in texts}
    assert dataset.label_names == ("negative", "positive")


def test_manual_test_is_polar_and_its_texts_are_not_in_training(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_sample(mirror, monkeypatch)
    dataset = textlab.data.load("sentiment140?test=manual")
    assert dataset.test["text"].to_list() == ["I LOVE it <3", "this is bad"]
    assert dataset.test["label"].to_list() == [1, 0]
    assert "i love it <3" not in {*dataset.train["text"], *dataset.validation["text"]}
    assert len(dataset.train) + len(dataset.validation) == 100


def test_archive_is_preferred_and_read_in_its_two_encodings(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_sample(mirror, monkeypatch)
    fill_archive(mirror, monkeypatch)
    dataset = sentiment140.load()
    assert sum(len(frame) for _, frame in dataset.splits()) == 60
    row = dataset.train.iloc[0]
    assert row["text"] == f"tweet {int(row['id']) - 1000} café ♥"
    assert row["label"] == int(row["id"]) % 2
    assert len(sentiment140.load(test="manual").test) == 2


@pytest.mark.parametrize("part", ["negative", "positive", "manual"])
def test_missing_file_of_the_sample_is_an_error_that_names_it(
    part: str, raw_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_sample(raw_data, monkeypatch)
    path = raw_data / sentiment140.SAMPLE[part].path
    path.unlink()
    with pytest.raises(FileNotFoundError, match=rf"no file {path}, and it cannot be downloaded\. The sample needs"):
        textlab.data.fetch("sentiment140")
    monkeypatch.setenv("TEXTLAB_MIRROR", str(raw_data))
    with pytest.raises(FileNotFoundError, match=rf"has no sentiment140/{path.name}\. Put the file there\. The sample"):
        textlab.data.fetch("sentiment140")


def test_damaged_sample_does_not_start_a_download_of_the_archive(
    raw_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_sample(raw_data, monkeypatch)
    for part in sentiment140.SAMPLE.values():
        (raw_data / part.path).write_bytes(b"changed")
    with pytest.raises(ValueError, match=r"tweets_100k_negative\.txt\.bad\. Put the right file in its place"):
        textlab.data.fetch("sentiment140")
    for part in ("positive", "manual"):
        (raw_data / sentiment140.SAMPLE[part].path).unlink()
    with pytest.raises(FileNotFoundError, match=r"negative\.txt\.bad beside it had the wrong content"):
        textlab.data.fetch("sentiment140")


def test_unknown_test_is_an_error(mirror: Path) -> None:
    with pytest.raises(ValueError, match=r"is 'official'\. It must be 'held_out' or 'manual'\."):
        textlab.data.load("sentiment140", test="official")


def test_real_sample_loses_its_duplicates_and_stays_balanced(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = textlab.data.load("sentiment140")
    assert [len(frame) for _, frame in dataset.splits()] == [79_339, 9_918, 9_918]
    keys = [key for _, frame in dataset.splits() for key in duplicate_keys(frame["text"])]
    assert len(set(keys)) == len(keys)
    for _, frame in dataset.splits():
        assert frame["label"].mean() == pytest.approx(0.5, abs=0.01)


def test_real_manual_test_has_359_polar_rows(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    labels = textlab.data.load("sentiment140", test="manual").test["label"]
    assert labels.value_counts().to_dict() == {1: 182, 0: 177}
