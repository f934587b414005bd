"""A snapshot is a dataset like any other, and a damaged or unfinished one is refused."""

import json
import shutil

import pandas as pd
import pytest
from tiny_data import tiny_dataset

import textlab.data
from textlab import paths
from textlab.data.exploring.exploration import corpus
from textlab.data.snapshots import read_snapshot, write_snapshot


@pytest.fixture
def snapshot(tmp_path):
    base = tiny_dataset()
    return write_snapshot(tmp_path / "made", base, base.test.head(0), [b'{"text": "held"}'], {"held": 1})


def test_loaded_snapshot_is_the_dataset_that_was_written(snapshot):
    base, loaded = tiny_dataset(), textlab.data.load(snapshot.dataset)
    assert loaded.digest == base.digest == snapshot.digest
    assert loaded.name == snapshot.dataset
    for split, frame in base.splits():
        pd.testing.assert_frame_equal(getattr(loaded, split), frame, check_dtype=False)
    assert len(corpus(loaded)) == len(corpus(base))


def test_snapshot_in_the_checkout_has_a_relative_name_that_is_found_from_any_folder(snapshot, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.chdir("/")
    assert snapshot.dataset == "snapshot:made"
    assert textlab.data.load("snapshot:made").digest == snapshot.digest


def test_folder_without_a_manifest_is_not_a_snapshot(snapshot):
    (snapshot.folder / "manifest.json").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"is not a finished snapshot: it has no manifest\.json\. Check the path"
    ):
        textlab.data.load(snapshot.dataset)


@pytest.mark.parametrize("name", ["rows.parquet", "newest.parquet", "held.jsonl"])
def test_changed_or_missing_file_is_noticed(snapshot, name):
    path = snapshot.folder / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ValueError, match=rf"{name} differs from the manifest\. Make the snapshot again"):
        read_snapshot(snapshot.folder)
    path.unlink()
    with pytest.raises(ValueError, match=rf"{name} differs from the manifest"):
        read_snapshot(snapshot.folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}'])
def test_damaged_manifest_is_refused(snapshot, content):
    (snapshot.folder / "manifest.json").write_text(content)
    with pytest.raises(ValueError, match=r"manifest\.json is damaged\. Make the snapshot again"):
        read_snapshot(snapshot.folder)


def test_manifest_of_a_later_version_is_refused(snapshot):
    path = snapshot.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    with pytest.raises(ValueError, match=r"has the format 2; this version reads 1\. Update textlab"):
        read_snapshot(snapshot.folder)


def test_interrupted_writing_leaves_the_earlier_snapshot(snapshot, monkeypatch):
    base = tiny_dataset(per_split=20)
    monkeypatch.setattr(pd.DataFrame, "to_parquet", lambda *_, **__: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_snapshot(snapshot.folder, base, base.test.head(0), [], {})
    assert read_snapshot(snapshot.folder).digest == snapshot.digest
    assert [path.name for path in snapshot.folder.parent.iterdir()] == ["made"]


def test_moved_snapshot_keeps_its_digest(snapshot, tmp_path):
    shutil.move(snapshot.folder, tmp_path / "elsewhere")
    assert textlab.data.load(f"snapshot:{tmp_path / 'elsewhere'}").digest == snapshot.digest
