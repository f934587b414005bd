"""A folder of segments: files of lines that all workers write, each its own, with a limit of age and of total size.

    <milliseconds since 1970>-<process>-<random>.jsonl    a segment; its writer holds its lock
    segments.lock                                         held while a segment is created or removed

A worker starts another segment after an hour, or when its segment has reached its size. The oldest segments are removed
first, and never one whose writer lives. A worker that is killed leaves its segment as it is.
"""

import contextlib
import os
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.file_locks import is_held, locked
from textlab.sealing import Keys, LineFile

NAME = re.compile(r"(\d{13})-\d+-[0-9a-f]{8}\.jsonl")
LOCK = "segments.lock"
WAIT_SECONDS = 5.0
LONGEST_SECONDS = 3_600.0  # a segment is removed as a whole, so its oldest line decides
PARTS_PER_RETENTION = 10
PARTS_OF_LIMIT = 128  # twice the largest number of workers: half of the limit is left for closed segments


@dataclass(frozen=True)
class Limits:
    """The limits of a folder of segments.

    Attributes:
        days: maximum age of a line.
        megabytes: maximum size of all segments.
    """

    days: float
    megabytes: float

    @property
    def seconds(self) -> float:
        """Maximum age of a line."""
        return self.days * 86_400

    @property
    def bytes(self) -> int:
        """Maximum size of all segments."""
        return int(self.megabytes * 1_000_000)


class Segments:
    """This worker's segment in a folder that all workers share. One thread uses it.

    Args:
        folder: the folder, which only the service's own user may read. It is created with the first segment.
        purpose: the purpose of the lines, as `LineFile` states it.
        limits: maximum age and size.
        keys: the keys that seal; None writes in the clear.

    Attributes:
        batch_bytes: maximum length of the lines of one `append`, so that a segment never exceeds its size.
    """

    def __init__(self, folder: Path, purpose: str, limits: Limits, keys: Keys | None) -> None:
        self._folder, self._purpose, self._limits, self._keys = folder, purpose, limits, keys
        self._segment_bytes = limits.bytes // PARTS_OF_LIMIT
        self._segment_seconds = min(LONGEST_SECONDS, limits.seconds / PARTS_PER_RETENTION)
        self.batch_bytes = self._segment_bytes // 4  # sealing makes a third more of it
        self._file: LineFile | None = None

    def append(self, lines: Sequence[bytes]) -> int:
        """Write lines, without line breaks, to the segment. Returns the number of bytes that the file has grown by.

        Raises:
            OSError: the lines cannot be written. No part of them remains.
        """
        if self._file is not None and self._is_used_up(self._file):
            self.close()
        if self._file is None:
            self._file = self._create()
        before = self._file.size
        self._file.append(lines)
        return self._file.size - before

    def clean(self) -> None:
        """Remove what is too old or too much, and end a segment that has become too old.

        Raises:
            OSError: the folder cannot be read, or a segment cannot be removed.
        """
        if self._file is not None and self._is_used_up(self._file):
            self.close()
        if self._folder.is_dir():
            with self._locked():
                self._make_room()

    def close(self) -> None:
        """End the segment. The next `append` starts another one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_used_up(self, file: LineFile) -> bool:
        """Return whether the next line belongs into another segment. Someone may have removed this one."""
        is_current = 0 <= time.time() - _started(file.path) < self._segment_seconds
        return file.size >= self._segment_bytes // 2 or not is_current or not file.path.exists()

    def _create(self) -> LineFile:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{int(time.time() * 1e3):013d}-{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl"
        with self._locked():
            self._make_room()
            return LineFile.create(self._folder / name, self._purpose, self._keys)

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return locked(self._folder / LOCK, wait_seconds=WAIT_SECONDS)

    def _make_room(self) -> None:
        """Remove the oldest segments until one more full segment fits, and those whose time is over.

        A segment from the future was written under a clock that was ahead. It stays, because the clock may be the one
        that is wrong now; the limit of size includes it.
        """
        now, found = time.time(), self._found()
        # A writer ends its segment in time, so older ones need no look at their lock.
        living = {path for path in found if now - _started(path) < 2 * self._segment_seconds and is_held(path)}
        used = self._segment_bytes * (1 + len(living)) + sum(size for path, size in found.items() if path not in living)
        for path, size in found.items():
            is_over = used > self._limits.bytes or _started(path) < now - self._limits.seconds
            if is_over and path not in living and not is_held(path):
                path.unlink(missing_ok=True)
                used -= size

    def _found(self) -> dict[Path, int]:
        """The size of each segment, beginning with the oldest one."""
        found = {}
        with os.scandir(self._folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if NAME.fullmatch(entry.name):
                    with contextlib.suppress(FileNotFoundError):  # someone removed it
                        found[Path(entry.path)] = entry.stat().st_size
        return found


def _started(path: Path) -> float:
    """When a segment was created, in seconds since 1970."""
    match = NAME.fullmatch(path.name)
    assert match is not None
    return int(match[1]) / 1e3
