"""Snapshots: a dataset made from files at one moment, kept in a folder with its digest and a manifest.

    rows.parquet      the rows of train, validation and test, with the columns `split` and `origin`
    newest.parquet    the newest labelled rows, which are held out from training: a second test set; may have no rows
    held.jsonl        the rows that wait for a person's decision; none of them is in the other files
    manifest.json     written last: counts by origin and by reason, the digest, and the sha256 of the other files

The files hold people's texts, so only their owner may read them (mode 0600, the folder 0700).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.dataset import SPLITS, Dataset
from textlab.data.preparation import DROPPED_COLUMNS, Preparation
from textlab.data.reading.files import checksum
from textlab.paths import replacing_folder, shown

ROWS, NEWEST, HELD, MANIFEST = "rows.parquet", "newest.parquet", "held.jsonl", "manifest.json"
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A finished snapshot.

    Attributes:
        folder: its folder.
        digest: the digest of its dataset, see `Dataset.digest`.
        manifest: the content of manifest.json.
    """

    folder: Path
    digest: str
    manifest: Mapping[str, Any]

    @property
    def dataset(self) -> str:
        """The name of its dataset, for a grid or for `textlab.data.load`."""
        return f"snapshot:{shown(self.folder)}"

    def newest(self) -> pd.DataFrame:
        """Return the held-out newest rows, with the columns of a test split; the frame may be empty."""
        return pd.read_parquet(self.folder / NEWEST)


def write_snapshot(
    folder: Path, dataset: Dataset, newest: pd.DataFrame, held: bytes, account: Mapping[str, Any]
) -> Snapshot:
    """Write a snapshot; the folder appears only when it is complete, and replaces an earlier one.

    Args:
        folder: the snapshot's folder.
        dataset: the rows of the three splits, with a column `origin`; its preparation says which new rows are left out.
        newest: the newest rows, with the same columns.
        held: the content of held.jsonl.
        account: what the manifest says besides: counts and origins.
    """
    rows = pd.concat([frame.assign(split=split) for split, frame in dataset.splits()], ignore_index=True)
    with replacing_folder(folder) as partial:
        partial.chmod(0o700)
        rows.to_parquet(partial / ROWS, index=False)
        newest.to_parquet(partial / NEWEST, index=False)
        (partial / HELD).write_bytes(held)
        preparation = dataset.preparation or Preparation(len(rows))
        manifest = {
            "format": FORMAT,
            "digest": dataset.digest,
            "label_names": list(dataset.label_names),
            "inputs": list(dataset.inputs),
            **account,
            "columns": {split: [*frame] for split, frame in dataset.splits()},
            "rows_read": preparation.rows_read,
            "group_column": preparation.group_column,
            "time_column": preparation.time_column,
            "left_out": preparation.dropped[["line", "reason", "label"]].to_dict("records"),
            "files": {name: checksum(partial / name) for name in (ROWS, NEWEST, HELD)},
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        for path in partial.iterdir():
            path.chmod(0o600)
    return Snapshot(folder, dataset.digest, json.loads(json.dumps(manifest)))


def read_snapshot(folder: Path) -> Snapshot:
    """Read the manifest of a snapshot and check its files.

    Raises:
        FileNotFoundError: the folder is not a finished snapshot.
        ValueError: the manifest is damaged, or a file differs from it.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} is not a finished snapshot: it has no {MANIFEST}. Check the path, or make the snapshot again."
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files, digest = dict(manifest["files"]), str(manifest["digest"])
        is_known = manifest["format"] == FORMAT
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged. Make the snapshot again.") from error
    if not is_known:
        raise ValueError(f"{path} has the format {manifest['format']}; this version reads {FORMAT}. Update textlab.")
    for name in (ROWS, NEWEST, HELD):
        if not (folder / name).is_file() or checksum(folder / name) != files.get(name):
            raise ValueError(f"{folder / name} differs from the manifest. Make the snapshot again.")
    return Snapshot(folder, digest, manifest)


def snapshot_dataset(snapshot: Snapshot) -> Dataset:
    """Return the dataset of a snapshot."""
    rows, manifest = pd.read_parquet(snapshot.folder / ROWS), snapshot.manifest
    parts = [rows.loc[rows["split"] == split, manifest["columns"][split]].reset_index(drop=True) for split in SPLITS]
    left_out = pd.DataFrame([row | {"text": ""} for row in manifest["left_out"]], columns=list(DROPPED_COLUMNS))
    preparation = Preparation(
        int(manifest["rows_read"]), left_out, (), manifest["group_column"], manifest["time_column"]
    )
    return Dataset(
        snapshot.dataset,
        snapshot.digest[:12],
        tuple(manifest["label_names"]),
        *parts,
        inputs=tuple(manifest["inputs"]),
        preparation=preparation,
    )
