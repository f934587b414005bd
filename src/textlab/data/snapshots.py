"""Snapshots: a dataset made from files at one moment, kept in a folder with its digest and a manifest.

    rows.parquet      the rows of train, validation and test, with the columns `split` and `origin`
    newest.parquet    the newest labelled rows, which are held out from training: a second test set; may have no rows
    content/          the content of pictures, each in a file that is named by its sha256
    held.jsonl        the rows that wait for a person's decision; none of them is in the other files
    manifest.json     written last: counts by origin and by reason, the digest, and the sha256 of the other files

The files hold people's texts, so only their owner may read them (mode 0600, the folder 0700). With keys, they are
sealed, and the names of tables and pictures end in ".sealed". The manifest holds no texts. Tables name pictures by
paths in the folder, so that it can be renamed; a picture is checked against its sha256 when it is read.
"""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.preparation import DROPPED_COLUMNS, Preparation
from textlab.data.task_dataset import SPLITS
from textlab.inputs import InputKind, kind_of
from textlab.inputs.references import seal_context
from textlab.paths import replacing_folder, shown
from textlab.sealing import Keys, LineFile, SealError

CONTENT = "content"
ROWS, NEWEST, HELD, MANIFEST = "rows.parquet", "newest.parquet", "held.jsonl", "manifest.json"
SEALED = ".sealed"
HELD_PURPOSE = "held"
FORMAT = 1
LINES_AT_ONCE = 100  # held rows that are sealed as one record


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
        """Return the held-out newest rows, with the columns of a test split; the frame may be empty.

        Raises:
            SealError: the rows are sealed, and the environment does not name their key.
        """
        return self.table(NEWEST)

    def table(self, name: str) -> pd.DataFrame:
        """Read rows.parquet or newest.parquet, clear or sealed."""
        return self._located(self._read(name))

    def _located(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table whose values name the files of this folder."""
        return table.assign(
            **{name: [_moved(name, value, self.folder) for value in table[name]] for name in self.manifest["inputs"]}
        )

    def _read(self, name: str) -> pd.DataFrame:
        path = self.folder / name
        if name in self.manifest["files"]:
            return pd.read_parquet(path)
        keys = Keys.from_environment()
        if keys is None:
            raise SealError(f"{path}{SEALED} is sealed. Set TEXTLAB_SEAL_KEYS to its key.")
        content = path.with_name(f"{name}{SEALED}").read_bytes()
        return pd.read_parquet(io.BytesIO(keys.open_value(content, name.encode())))


def write_snapshot(
    folder: Path,
    dataset: Dataset,
    newest: pd.DataFrame,
    held: Sequence[bytes],
    account: Mapping[str, Any],
    keys: Keys | None = None,
) -> Snapshot:
    """Write a snapshot; the folder appears only when it is complete, and replaces an earlier one.

    Args:
        folder: the snapshot's folder.
        dataset: the rows of the three splits, with a column `origin`; its preparation says which new rows are left out.
        newest: the newest rows, with the same columns.
        held: the lines of held.jsonl.
        account: what the manifest says besides: counts and origins.
        keys: the keys that seal the files; None writes them in the clear.
    """
    rows = pd.concat([frame.assign(split=split) for split, frame in dataset.splits()], ignore_index=True)
    preparation = dataset.preparation or Preparation(len(rows))
    with replacing_folder(folder) as partial:
        partial.chmod(0o700)
        kept = _Content(partial / CONTENT, keys)
        _write_table(partial / ROWS, kept.moved(rows, dataset.inputs), keys)
        _write_table(partial / NEWEST, kept.moved(newest, dataset.inputs), keys)
        write_held(partial / HELD, held, keys)
        manifest = {
            "format": FORMAT,
            "digest": dataset.digest,
            "label_names": list(dataset.label_names),
            "inputs": list(dataset.inputs),
            "texts": "sealed" if keys else "in the clear, readable by their owner only",
            **account,
            "columns": {split: [*frame] for split, frame in dataset.splits()},
            "rows_read": preparation.rows_read,
            "group_column": preparation.group_column,
            "time_column": preparation.time_column,
            "left_out": preparation.dropped[["line", "reason", "label"]].to_dict("records"),
            "content": len(kept.names),
            "files": {path.name: _sha256(path) for path in sorted(partial.iterdir()) if path.is_file()},
        }
        document = json.dumps(manifest, indent=1, ensure_ascii=False)
        (partial / MANIFEST).write_text(document, encoding="utf-8")
        (partial / MANIFEST).chmod(0o600)
    return Snapshot(folder, dataset.digest, json.loads(document))


class _Content:
    """The content of values such as pictures, in files; values with the same content share one."""

    def __init__(self, folder: Path, keys: Keys | None) -> None:
        self._folder, self._keys = folder, keys
        self.names: set[str] = set()

    def moved(self, rows: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame:
        """Write the content of the rows, and return them with values that name its files from the snapshot's folder."""
        return rows.assign(**{name: [self._written(kind_of(name), value) for value in rows[name]] for name in inputs})

    def _written(self, kind: InputKind, value: str) -> str:
        if not kind.is_binary or kind.is_blank(value):
            return value
        digest = kind.identity(value)
        name = f"{digest}{SEALED if self._keys else ''}"
        if digest not in self.names:
            (content,) = kind.encode([value])
            if self._keys is not None:
                content = self._keys.seal_value(content, seal_context(digest))
            self._folder.mkdir(mode=0o700, exist_ok=True)
            _write_private(self._folder / name, content)
            self.names.add(digest)
        return kind.moved(value, f"{CONTENT}/{name}")


def _moved(name: str, value: str, folder: Path) -> str:
    """Return the value that names a file of a snapshot's folder from anywhere."""
    kind = kind_of(name)
    if not kind.is_binary or kind.is_blank(value):
        return value
    digest = kind.identity(value)
    plain = folder / CONTENT / digest
    path = plain if plain.exists() else plain.with_name(digest + SEALED)
    return kind.moved(value, shown(path))


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _write_table(path: Path, table: pd.DataFrame, keys: Keys | None) -> None:
    content = table.to_parquet(index=False)
    if keys is not None:
        path, content = path.with_name(f"{path.name}{SEALED}"), keys.seal_value(content, path.name.encode())
    _write_private(path, content)


def _sha256(path: Path) -> str:
    """Return the sha256 of the bytes of a file, which can be checked without its key."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_held(path: Path, lines: Sequence[bytes], keys: Keys | None) -> None:
    """Write the rows that wait for a decision into a new file, one JSON object a line."""
    file = LineFile.create(path, HELD_PURPOSE, keys)
    try:
        for start in range(0, len(lines), LINES_AT_ONCE):
            file.append(lines[start : start + LINES_AT_ONCE])
    finally:
        file.close()


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
    for name, expected in files.items():
        if not (folder / name).is_file() or _sha256(folder / name) != expected:
            raise ValueError(f"{folder / name} differs from the manifest. Make the snapshot again.")
    if sum(1 for _ in (folder / CONTENT).glob("*")) != manifest.get("content", 0):
        raise ValueError(f"{folder / CONTENT} lacks files, or has more than it should. Make the snapshot again.")
    return Snapshot(folder, digest, manifest)


def snapshot_dataset(snapshot: Snapshot) -> Dataset:
    """Return the dataset of a snapshot.

    Raises:
        SealError: the rows are sealed, and the environment does not name their key.
    """
    rows, manifest = snapshot.table(ROWS), snapshot.manifest
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
