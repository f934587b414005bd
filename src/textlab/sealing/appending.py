"""The end of a file that several processes append to, one at a time under a lock of their own."""

import os
from dataclasses import dataclass

from textlab.sealing.chain import HEADER_BYTES, MAGIC, Chain, needed, purpose_of
from textlab.sealing.errors import SealError
from textlab.sealing.keys import Keys
from textlab.sealing.lines import is_json_object

BLOCK_BYTES = 4_096


@dataclass(frozen=True)
class End:
    """Where and how the next line of a file is written.

    Attributes:
        position: where to write, in bytes. It lies before `torn`.
        torn: an incomplete last line, which a crash has left. Keep it elsewhere and cut it off before writing.
        before: what is missing before the next record: the first line of the file, a line break, or nothing.
        chain: seals the line; None for a file in the clear.
    """

    position: int
    torn: bytes
    before: bytes
    chain: Chain | None

    def content(self, line: bytes) -> bytes:
        """The bytes to write at `position` for a line without its line break."""
        return self.before + (self.chain.seal(line) if self.chain else line) + b"\n"


def find_end(descriptor: int, purpose: str, keys: Keys | None) -> End:
    """Find the end of an open file, which no other process may change meanwhile.

    Args:
        descriptor: the file, open for reading.
        purpose: the purpose of the lines.
        keys: the keys; a file without them must be in the clear, and a file with them sealed or empty.

    Raises:
        SealError: the file is sealed and `keys` cannot open its last record, or it has another purpose; or it is in
            the clear although there are keys.
    """
    size = os.fstat(descriptor).st_size
    start = os.pread(descriptor, HEADER_BYTES, 0)
    if not is_start_of_sealed(start):
        if keys and size:
            raise SealError("The file is in the clear, and lines that follow must be sealed. Move it away or seal it.")
        return _of_new_file(purpose, keys) if not size else _of_clear_file(descriptor, size)
    keys = needed(keys)
    header, line_break, _ = start.partition(b"\n")
    if not line_break and size < HEADER_BYTES:
        return _of_new_file(purpose, keys, torn=start)
    if purpose_of(header) != purpose:
        raise SealError(f"The file was not sealed as '{purpose}'. Move it away.")
    return _of_sealed_file(descriptor, size, header, keys)


def is_start_of_sealed(start: bytes) -> bool:
    """Return whether a file that begins so is sealed, or will be when its first line is whole."""
    return bool(start) and (start.startswith(MAGIC) or MAGIC.startswith(start))


def _of_new_file(purpose: str, keys: Keys | None, torn: bytes = b"") -> End:
    if keys is None:
        return End(0, torn, b"", None)
    chain = Chain.new(purpose, keys)
    return End(0, torn, chain.header + b"\n", chain)


def _of_clear_file(descriptor: int, size: int) -> End:
    tail = _last_line(descriptor, size)
    if not tail or is_json_object(tail):  # an editor has left out the last line break
        return End(size, b"", b"\n" if tail else b"", None)
    return End(size - len(tail), tail, b"", None)


def _of_sealed_file(descriptor: int, size: int, header: bytes, keys: Keys) -> End:
    tail = _last_line(descriptor, size)
    end = size - len(tail)
    last = _last_line(descriptor, end - 1)
    first = len(header) + 1
    if end == first:
        chain = Chain(header, keys)
    else:
        before = end - 1 - len(last)
        chain = Chain(header, keys, _last_line(descriptor, before - 1) if before > first else b"")
        chain.open(last)  # whoever appends must hold the right key
    if tail:
        try:
            chain.open(tail)
        except SealError:
            return End(end, tail, b"", chain)
        return End(size, b"", b"\n", chain)
    return End(size, b"", b"", chain)


def _last_line(descriptor: int, end: int) -> bytes:
    """The bytes between the last line break before `end`, or the start of the file, and `end`."""
    blocks: list[bytes] = []
    while end > 0:
        start = max(0, end - BLOCK_BYTES)
        _, line_break, after = os.pread(descriptor, end - start, start).rpartition(b"\n")
        blocks.append(after)
        if line_break:
            break
        end = start
    return b"".join(reversed(blocks))
