"""A whole file that is sealed, unsealed, or sealed with a new key: in one step, so that no half-written file remains.

The new content is written beside the file under the name `.NAME.partial`, forced to the disk, and renamed. The file's
lock is held meanwhile, so no process can append to content that is about to be replaced. A killed process leaves its
partial file; the next attempt removes it.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from textlab.sealing import lines as limits
from textlab.sealing.errors import SealError
from textlab.sealing.keys import Keys
from textlab.sealing.lines import LineFile, is_json_object, is_sealed, read_records, sealed_purpose
from textlab.sealing.replacing import replacing

BATCH_BYTES = 16_384  # lines of a clear file that become one record; a damaged byte then costs no more than this

Progress = Callable[[int], None]


def seal_file(path: Path, purpose: str, keys: Keys, progress: Progress = lambda position: None) -> None:
    """Seal a file of lines in its place.

    Args:
        path: the file. A last line without a line break gets one.
        purpose: what the lines are for, such as "feedback".
        keys: the keys; the first one seals.
        progress: called with the number of bytes that were read.

    Raises:
        FileNotFoundError: the file does not exist.
        SealError: the file is sealed, another process writes to it, a line is too long, or its last line is incomplete.
        OSError: the file cannot be read or replaced. It is unchanged.
    """
    with _replaced(path) as (source, partial):
        if is_sealed(source):
            raise SealError(f"{path} is sealed already. Nothing has changed.")
        _write(partial, purpose, keys, _batches(source), progress)


def rotate_file(path: Path, keys: Keys, progress: Progress = lambda position: None) -> None:
    """Seal a sealed file anew with the current key.

    Raises:
        FileNotFoundError: the file does not exist.
        SealError: the file is not sealed, another process writes to it, or a record cannot be opened.
        OSError: the file cannot be read or replaced. It is unchanged.
    """
    with _replaced(path) as (source, partial):
        purpose = _purpose(source)
        records = ((position, record.split(b"\n")) for position, record in read_records(source, purpose, keys))
        _write(partial, purpose, keys, records, progress)


def unseal_file(
    path: Path,
    keys: Keys | None,
    output: Path | None = None,
    progress: Progress = lambda position: None,
    on_damage: Callable[[int], None] | None = None,
) -> None:
    """Decrypt a sealed file, in its place or to another file.

    Args:
        path: the file.
        keys: the keys.
        output: the new file; None puts the lines in the place of the sealed ones.
        progress: called with the number of bytes that were read.
        on_damage: called with the line of a record that does not open, which is then left out. None makes it an error.

    Raises:
        FileNotFoundError: the file does not exist.
        FileExistsError: `output` exists.
        SealError: the file is not sealed, another process writes to it, or a record cannot be opened.
        OSError: the file cannot be read, or the lines cannot be written. Nothing has changed.
    """
    with _replaced(path) if output is None else _created(path, output) as (source, partial):
        purpose = _purpose(source)
        found = read_records(source, purpose, keys, on_damage)
        _write(partial, purpose, None, ((position, record.split(b"\n")) for position, record in found), progress)


def _purpose(path: Path) -> str:
    purpose = sealed_purpose(path)
    if purpose is None:
        raise SealError(f"{path} is not sealed. Nothing has changed.")
    return purpose


def _write(
    partial: Path, purpose: str, keys: Keys | None, records: Iterator[tuple[int, list[bytes]]], progress: Progress
) -> None:
    file = LineFile.create(partial, purpose, keys)
    try:
        for position, lines in records:
            file.append(lines)
            progress(position)
        file.sync()
    finally:
        file.close()


def _batches(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """The lines of a clear file in batches, each with the number of bytes up to its end."""
    with path.open("rb") as file:
        batch: list[bytes] = []
        number = size = 0
        while line := file.readline(limits.LINE_BYTES // 2):
            number += 1
            if len(line) == limits.LINE_BYTES // 2:
                raise SealError(f"{path}, line {number}: It is too long to be sealed. Split the file's line.")
            if not line.endswith(b"\n") and not is_json_object(line):
                raise SealError(f"{path}, line {number}: The last line is incomplete. Complete or remove it.")
            batch.append(line.removesuffix(b"\n"))
            size += len(line)
            if size >= BATCH_BYTES:
                yield file.tell(), batch
                batch, size = [], 0
        if batch:
            yield file.tell(), batch


@contextmanager
def _replaced(path: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the file itself, and the path of a new one that takes its place, with the same owner."""
    path = _existing(path)
    descriptor = os.open(path, os.O_RDWR)
    try:
        _lock(descriptor, path)
        owner = os.fstat(descriptor)
        with replacing(path) as partial:
            yield path, partial
            if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(partial, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)


@contextmanager
def _created(path: Path, output: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the file itself, and the path of a new one that becomes `output`."""
    path = _existing(path)
    if output.exists():
        raise FileExistsError(f"{output} exists. Name another file.")
    with replacing(output) as partial:
        yield path, partial


def _existing(path: Path) -> Path:
    """The file behind a path that may be a link."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Check the path.")
    return path.resolve()


def _lock(descriptor: int, path: Path) -> None:
    """Hold the lock of the file that now has this path."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_same = os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        is_same = False
    if not is_same:
        raise SealError(f"{path} is in use by another process. Repeat the command when that process has closed it.")
