"""A file that one process overwrites in place and others read.

Its space is reserved when it is created, so a full disk does not stop it. It is written, never mapped: a process that
touches a mapped file on a full disk dies of SIGBUS. Two slots are written in turn, so that a reader always finds
a whole one.
"""

import os
import struct
import zlib
from pathlib import Path

from api.file_locks import create_locked, is_at, write_whole

HEAD = struct.Struct("<QII")  # number of the write, length of the content, its checksum
SLOT_BYTES = 65_536


class SnapshotFile:
    """The file of this process, which holds its lock.

    Args:
        path: the file. It is created by the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._slot_bytes, self._writes = SLOT_BYTES, 0

    def write(self, content: bytes) -> None:
        """Replace the content.

        Raises:
            OSError: the file cannot be created or written. The content before remains.
        """
        grows = HEAD.size + len(content) > self._slot_bytes
        while HEAD.size + len(content) > self._slot_bytes:
            self._slot_bytes *= 2
        if grows or self._descriptor is None or not is_at(self._descriptor, self.path):
            created = create_locked(self.path, bytes(2 * self._slot_bytes))
            self.close()
            self._descriptor = created
        assert self._descriptor is not None
        self._writes += 1
        head = HEAD.pack(self._writes, len(content), zlib.crc32(content))
        write_whole(self._descriptor, head + content, self._writes % 2 * self._slot_bytes)

    def close(self) -> None:
        """Release the lock. The file stays."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def content_of(path: Path) -> bytes:
    """The latest content of a file that any process writes.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is no content, or it is damaged.
    """
    data = path.read_bytes()
    half, newest = len(data) // 2, 0
    found: bytes | None = None
    for start in (0, half):
        if len(data) - start < HEAD.size:
            continue
        number, length, checksum = HEAD.unpack_from(data, start)
        content = data[start + HEAD.size : start + HEAD.size + length]
        if number > newest and len(content) == length and zlib.crc32(content) == checksum:
            found, newest = content, number
    if found is None:
        raise ValueError("no whole content")
    return found
