"""Files of lines, sealed or in the clear: one process writes a file, and anyone with the keys reads it."""

import fcntl
import functools
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from textlab.sealing.chain import HEADER_BYTES, MAGIC, RECORD, Chain, needed, purpose_of
from textlab.sealing.errors import SealError
from textlab.sealing.keys import Keys

logger = logging.getLogger(__name__)

LINE_BYTES = 64_000_000  # a longer line is an error, so that it cannot fill the memory
MODE = 0o600


class LineFile:
    """A new file of lines that this process alone writes. Use `create`.

    Attributes:
        path: the file.
        size: its size in bytes.
    """

    def __init__(self, path: Path, descriptor: int, chain: Chain | None) -> None:
        self.path, self.size = path, 0
        self._descriptor, self._chain = descriptor, chain

    @classmethod
    def create(cls, path: Path, purpose: str, keys: Keys | None) -> "LineFile":
        """Create a file and hold its lock.

        Args:
            path: the file, which only the own user may read.
            purpose: what the lines are for, such as "traffic". A reader must name the same purpose.
            keys: the keys to seal with. None writes the lines in the clear.

        Raises:
            FileExistsError: the file exists. Nothing has changed.
            OSError: the file cannot be written. It is removed again.
        """
        chain = Chain.new(purpose, keys) if keys else None
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        created = cls(path, descriptor, chain)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if chain:
                created._write(chain.header + b"\n")
        except BaseException:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return created

    def append(self, lines: Sequence[bytes]) -> None:
        """Write lines at the end, sealed as one record, completely or not at all.

        Args:
            lines: the lines, without line breaks.

        Raises:
            ValueError: a line holds a line break, or the lines are too long together. Nothing was written.
            OSError: the disk is full or fails. What was written of the lines is removed.
        """
        if not lines:
            return
        content = joined(lines)
        record = self._chain.seal(content) if self._chain else content
        if len(record) >= LINE_BYTES:
            raise ValueError(f"{len(lines)} lines are too long for one record. Write fewer lines at once.")
        self._write(record + b"\n")
        if self._chain:
            self._chain.follow(record)

    def sync(self) -> None:
        """Wait until the lines are on the disk."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file. Further calls do nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, content: bytes) -> None:
        start, position = self.size, self.size
        try:
            while content:
                count = os.pwrite(self._descriptor, content, position)
                content, position = content[count:], position + count
        except BaseException:
            os.ftruncate(self._descriptor, start)
            raise
        self.size = position


def read_lines(path: Path, purpose: str | None, keys: Keys | None) -> Iterator[bytes]:
    """Yield the lines of a file, sealed or in the clear, without their line breaks. The memory it takes is constant.

    A last line without a line break is left out, unless it is whole: its writer was stopped in the middle of it.

    Args:
        path: the file.
        purpose: the purpose that a sealed file must have; None accepts any.
        keys: the keys to open a sealed file with. With keys, a file in the clear is read too, and logged as a warning:
            anyone who can write to its folder may have written it.

    Raises:
        FileNotFoundError: the file does not exist.
        SealError: a record was changed, moved, repeated, left out, or belongs to another file or purpose; or its key
            is missing or another one. The message names the line. Or the path is a folder or a pipe.
    """
    for _, lines in read_records(path, purpose, keys):
        yield from lines.split(b"\n")


def read_records(
    path: Path, purpose: str | None, keys: Keys | None, on_damage: Callable[[int], None] | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a file as `read_lines` does, each with the number of bytes of the file up to its end.

    A record of a sealed file holds one or more lines, separated by line breaks. In a clear file, each line is one.

    Args:
        path, purpose, keys: as for `read_lines`.
        on_damage: called with the line of a record that does not open, which is then left out. None makes it an error.
    """
    if path.exists() and not path.is_file():  # a pipe would be waited for without end
        raise SealError(f"{path} is not a file. Move it away, or name another file.")
    with path.open("rb") as file:
        number = 0
        chain: Chain | None = None
        try:
            while line := file.readline(LINE_BYTES + 1):
                number += 1
                if len(line) > LINE_BYTES:
                    raise SealError(f"It has more than {LINE_BYTES // 1_000_000} MB. Restore the file from a backup.")
                content, is_whole = line.removesuffix(b"\n"), line.endswith(b"\n")
                if number == 1 and content.startswith(MAGIC[:1]):  # if it is damaged, the chain says so
                    if not is_whole:
                        return
                    chain = Chain(content, needed(keys))
                    _check_purpose(chain.purpose, purpose)
                    continue
                if number == 1 and keys:
                    _warn_of_clear_files(path.parent)
                try:
                    record = _content(content, is_whole, chain)
                except SealError:
                    if chain is None or on_damage is None:
                        raise
                    on_damage(number)
                    chain.skip(content)
                    continue
                if record is not None:
                    yield file.tell(), record
        except SealError as error:
            raise SealError(f"{path}, line {number}: {error}") from None


def _content(line: bytes, is_whole: bool, chain: Chain | None) -> bytes | None:
    """The lines of a record, None for a torn one."""
    if chain is None:
        if RECORD.fullmatch(line):
            raise SealError("It is sealed, but the first line of the file is damaged. Restore the file from a backup.")
        return line if is_whole or is_json_object(line) else None
    try:
        return chain.open(line)
    except SealError:
        if is_whole:
            raise
        return None


@functools.cache
def _warn_of_clear_files(folder: Path) -> None:
    logger.warning("%s holds files in the clear, although a key is set. To seal them: python -m textlab seal", folder)


def _check_purpose(found: str, expected: str | None) -> None:
    if expected is not None and found != expected:
        raise SealError(f"The file was sealed as '{found}', not as '{expected}'. Name a file of {expected}.")


def is_sealed(path: Path) -> bool:
    """Return whether the file begins as a sealed file does. False if it does not exist."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except FileNotFoundError:
        return False


def sealed_purpose(path: Path) -> str | None:
    """The purpose that the first line of a sealed file names; None for a file in the clear.

    Raises:
        SealError: the first line is damaged, or names a later format.
    """
    with path.open("rb") as file:
        header = file.readline(HEADER_BYTES)
    if not header.startswith(MAGIC):
        return None
    try:
        return purpose_of(header.removesuffix(b"\n"))
    except SealError as error:
        raise SealError(f"{path}, line 1: {error}") from None


def joined(lines: Sequence[bytes]) -> bytes:
    """The lines as the content of one record.

    Raises:
        ValueError: a line holds a line break.
    """
    content = b"\n".join(lines)
    if content.count(b"\n") >= len(lines):
        raise ValueError("A line holds a line break. Escape it, as JSON does.")
    return content


def is_json_object(line: bytes) -> bool:
    """Return whether a line is a whole JSON object."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
