"""The DVC revision of a dataset's files, read from DVC's own files. DVC itself need not be installed.

DVC names the content of a file or folder by an md5, in `<name>.dvc` beside it or in a dvc.lock. Git holds those files.
"""

import hashlib
import json
import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from textlab import paths
from textlab.data.reading.files import locate
from textlab.data.spec import resolve

logger = logging.getLogger(__name__)

LOCK = "dvc.lock"
FOLDER = ".dir"  # ends the md5 of a folder


@dataclass(frozen=True)
class DataRevision:
    """A version of a file or folder that DVC tracks, whose content is on this machine.

    Attributes:
        path: the file or folder, from the root of the DVC repository.
        md5: DVC's name of its content; that of a folder ends in ".dir".
        tracked_in: the file of DVC that holds the md5, from the root of the repository.
        commit: the newest git commit of that file; "" if no commit holds this md5 yet.
    """

    path: str
    md5: str
    tracked_in: str
    commit: str


@dataclass(frozen=True)
class _Output:
    path: Path
    md5: str
    file: Path


def data_revisions(spec: str) -> tuple[DataRevision, ...]:
    """Return the DVC revisions of a dataset's files.

    A file whose content differs from what DVC recorded has no revision, and a warning names it. Of a table with
    pictures, only the table is looked up.

    Args:
        spec: the dataset's name.

    Returns:
        Usually one revision: that of the dataset's file or folder, or of a folder around it. Several if DVC tracks
        files in the dataset's folder one by one. () if DVC tracks none, or the files come from `TEXTLAB_MIRROR`.
    """
    files = _files(spec)
    root = None if files is None else _root(files)
    if files is None or root is None:
        return ()
    outputs = list(_outputs(files, root))
    around = [each for each in outputs if files.is_relative_to(each.path)]
    inside = sorted((each for each in outputs if each.path.is_relative_to(files)), key=lambda each: each.path)
    return tuple(_revision(each, root) for each in around[:1] or inside if _is_on_disk(each))


def tracked_in(path: Path) -> Path | None:
    """Return the file by which DVC tracks a file or folder, or one around or inside it; None if there is none."""
    path = path.resolve()
    root = _root(path)
    outputs = _outputs(path, root) if root else ()
    return next(
        (each.file for each in outputs if each.path.is_relative_to(path) or path.is_relative_to(each.path)), None
    )


def _files(spec: str) -> Path | None:
    """Return the file or folder that a dataset is read from; None if it is generated or read from the mirror."""
    try:
        request = resolve(spec, {})
    except ValueError:  # a dataset that was made by hand has a name of its own
        return None
    if request.source.argument:
        path = locate(request.variant)
    elif paths.mirror() is not None:
        return None
    else:
        folder = paths.RAW_DATA / request.source.name
        path = folder / request.variant if (folder / request.variant).exists() else folder
    return path.resolve() if path.exists() else None


def _root(path: Path) -> Path | None:
    """Return the root of the DVC repository around a path; None if there is none."""
    return next((folder for folder in path.parents if (folder / ".dvc").is_dir()), None)


def _outputs(files: Path, root: Path) -> Iterator[_Output]:
    """Yield what DVC tracks at, around or in `files`, the nearest first."""
    for path in (files, *files.parents):
        if path == root:
            break
        yield from _tracked(path.with_name(f"{path.name}.dvc"))
    for path in files.parents:
        yield from _tracked(path / LOCK)
        if path == root:
            break
    if files.is_dir():
        for path in sorted(files.rglob("*.dvc")):
            yield from _tracked(path)


def _tracked(file: Path) -> Iterator[_Output]:
    if file.is_file():
        for path, md5 in _named(file.read_bytes()):
            yield _Output((file.parent / path).resolve(), md5, file)


def _named(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield path and md5 of each output in a .dvc file or a dvc.lock; nothing if it is neither."""
    try:
        document: Any = yaml.safe_load(content.decode("utf-8"))
        stages = document["stages"].values() if "stages" in document else [document]
        outputs = [(stage.get("wdir", "."), each) for stage in stages for each in stage.get("outs", ())]
        # Before version 3, DVC changed line ends before it computed an md5, and wrote no key `hash`.
        found = [(f"{folder}/{each['path']}", each["md5"]) for folder, each in outputs if each.get("hash") == "md5"]
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
        return
    yield from found


def _is_on_disk(output: _Output) -> bool:
    if not output.path.exists():
        return False
    is_same = _folder_md5(output.path) == output.md5 if output.path.is_dir() else _md5(output.path) == output.md5
    if not is_same:
        logger.warning(
            "%s differs from the version in %s, so the run has no DVC revision of its data. Record the new version "
            "with dvc add or dvc repro, or restore the old one with dvc checkout.",
            output.path,
            output.file,
        )
    return is_same


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _folder_md5(folder: Path) -> str:
    """Return DVC's md5 of a folder: that of a JSON list of its files, in the order of their paths."""
    names = [(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()]
    text = json.dumps([{"md5": _md5(path), "relpath": name} for name, path in sorted(names)], sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + FOLDER


def _revision(output: _Output, root: Path) -> DataRevision:
    names = (output.path.relative_to(root).as_posix(), output.file.relative_to(root).as_posix())
    return DataRevision(names[0], output.md5, names[1], _commit(output))


def _commit(output: _Output) -> str:
    folder, name = output.file.parent, output.file.name
    committed = {((folder / path).resolve(), md5) for path, md5 in _named(_git(folder, "show", f"HEAD:./{name}"))}
    is_committed = (output.path, output.md5) in committed
    return _git(folder, "log", "-1", "--format=%H", "--", name).decode().strip() if is_committed else ""


def _git(folder: Path, *words: str) -> bytes:
    """Return the output of a git command; b"" if it fails or there is no git."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout
