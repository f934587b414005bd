"""A file that one process overwrites in place and others read.

Its space is reserved when it is created, so it can be written on a full disk. It is never mapped into memory, because a
process that accesses a mapped file on a full disk dies of SIGBUS. The process writes two slots in turn, so a reader
always finds a complete one.
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
            OSError: the file cannot be created or written. The former content remains.
        """
        number = self._writes + 1
        record = HEAD.pack(number, len(content), zlib.crc32(content)) + content
        slot_bytes = self._slot_bytes
        while len(record) > slot_bytes:
            slot_bytes *= 2
        start = number % 2 * slot_bytes
        if slot_bytes == self._slot_bytes and self._descriptor is not None and is_at(self._descriptor, self.path):
            write_whole(self._descriptor, record, start)
        else:
            slots = bytearray(2 * slot_bytes)
            slots[start : start + len(record)] = record
            created = create_locked(self.path, bytes(slots))
            self.close()
            self._descriptor, self._slot_bytes = created, slot_bytes
        self._writes = number  # only now, so that the next write never replaces the latest content

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
        raise ValueError("no complete content")
    return found
