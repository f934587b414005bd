"""The format of a sealed file: a first line that names the file, and records, each bound to the one before."""

import binascii
import os
import re

from textlab.sealing.errors import SealError
from textlab.sealing.key_files import SET_KEYS
from textlab.sealing.keys import TAG_BYTES, Keys, parse_token

MAGIC = b"#textlab-sealed "
HEADER = re.compile(rb"#textlab-sealed 1 ([a-z]{1,20}) [0-9a-f]{32}")
RECORD = re.compile(rb"[A-Za-z0-9_-]{1,40}:[A-Za-z0-9+/]{38,}={0,2}")
PURPOSE = re.compile("[a-z]{1,20}")
FILE_ID_BYTES = 16
HEADER_BYTES = 100  # more than the longest first line
TAG_CHARACTERS = 24


class Chain:
    """The records of one sealed file, in their order.

    Args:
        header: the first line of the file, without its line break.
        keys: the keys that open and seal.
        last: the last record that was read, to seal further records behind it; b"" for a file without records.

    Attributes:
        header: the first line of the file.

    Raises:
        SealError: the first line is damaged or names a later format, or `last` is not a record.
    """

    def __init__(self, header: bytes, keys: Keys, last: bytes = b"") -> None:
        self.header, self._keys = header, keys
        self.purpose = purpose_of(header)
        self._info = b"textlab sealed file 1\n" + header
        self._before = parse_token(last)[1][-TAG_BYTES:] if last else b""

    @classmethod
    def new(cls, purpose: str, keys: Keys) -> "Chain":
        """The chain of a new file.

        Raises:
            ValueError: the purpose is not a word of 1 to 20 small letters.
        """
        if not PURPOSE.fullmatch(purpose):
            raise ValueError(f"'{purpose}' is not a purpose. Use a word of 1 to 20 small letters, such as feedback.")
        return cls(MAGIC + b"1 " + purpose.encode() + b" " + os.urandom(FILE_ID_BYTES).hex().encode(), keys)

    def seal(self, lines: bytes) -> bytes:
        """The record of one or more lines, to be written behind the record before. Call `follow` when it is written."""
        return self._keys.seal_record(lines, self._info, self._before)

    def follow(self, record: bytes) -> None:
        """Bind the next record to this one, which was just written."""
        # 24 characters of base64 hold at least the last 16 bytes, and padding is at the end only.
        self._before = binascii.a2b_base64(record[-TAG_CHARACTERS:])[-TAG_BYTES:]

    def skip(self, record: bytes) -> None:
        """Go on behind a record that does not open. If its tag is intact, the next one opens."""
        try:
            self.follow(record)
        except ValueError:
            self._before = b""

    def open(self, record: bytes) -> bytes:
        """The lines of the record that follows the record before.

        Raises:
            SealError: the record was changed or does not follow, or its key is missing or another one.
        """
        name, content = parse_token(record)
        lines = self._keys.opened(name, content, self._info, self._before)
        self._before = content[-TAG_BYTES:]
        return lines


def purpose_of(header: bytes) -> str:
    """The purpose that the first line of a sealed file names.

    Raises:
        SealError: the line is damaged, or names a later format.
    """
    match = HEADER.fullmatch(header)
    if not match:
        raise SealError(
            "This is not the first line of a sealed file of format 1. Restore it from a backup, or update textlab."
        )
    return match[1].decode()


def needed(keys: Keys | None) -> Keys:
    """The keys, for what is sealed.

    Raises:
        SealError: there are none.
    """
    if keys is None:
        raise SealError(f"It is sealed, and no key is set. {SET_KEYS}")
    return keys
