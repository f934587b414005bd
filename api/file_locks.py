"""Locks on files, and files that are replaced in one step. A process that dies loses its locks."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RETRY_SECONDS = 0.02


@contextmanager
def locked(path: Path, kind: int = fcntl.LOCK_EX, wait_seconds: float | None = None) -> Iterator[None]:
    """Hold the lock of a file, which is created if it is missing.

    Args:
        path: the file.
        kind: `fcntl.LOCK_EX` or `fcntl.LOCK_SH`.
        wait_seconds: longest time to wait for the lock. None waits as long as it takes.

    Raises:
        BlockingIOError: another process still holds the lock.
        OSError: the file cannot be created.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        acquire(descriptor, kind, wait_seconds)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path, kind: int = fcntl.LOCK_SH) -> bool:
    """Return whether another process holds the lock, so that a lock of this kind would have to wait."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def create_locked(path: Path, content: bytes = b"") -> int:
    """Create or replace a file whose lock this process holds from the beginning. Returns its descriptor.

    The file is locked before it gets its name, so no other process can mistake its owner for dead.

    Raises:
        OSError: the file cannot be written. A former file remains.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        write_whole(descriptor, content)
        part.rename(path)
    except BaseException:
        os.close(descriptor)
        part.unlink(missing_ok=True)
        raise
    return descriptor


def replace(path: Path, content: bytes) -> None:
    """Create or replace a file in one step. A reader sees the former content or all of the new one.

    Raises:
        OSError: the file cannot be written. The former content remains.
    """
    os.close(create_locked(path, content))


def is_at(descriptor: int, path: Path) -> bool:
    """Return whether the open file still has this path, so that it was neither removed nor replaced."""
    try:
        there, own = path.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino)


def write_whole(descriptor: int, content: bytes, start: int = 0) -> None:
    """Write all bytes at a position, in several calls if necessary.

    Raises:
        OSError: the disk is full or fails. A part may have been written.
    """
    while content:
        count = os.pwrite(descriptor, content, start)
        content, start = content[count:], start + count


def acquire(descriptor: int, kind: int = fcntl.LOCK_EX, wait_seconds: float | None = None) -> None:
    """Acquire the lock of an open file, as `locked` does."""
    if wait_seconds is None:
        fcntl.flock(descriptor, kind)
        return
    until = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(RETRY_SECONDS)
