"""Name the encoding that a file has, if it is not the one that was expected."""

import codecs
from collections.abc import Iterator
from pathlib import Path

BYTE_ORDER_MARKS = {  # UTF-32 comes first, because its mark begins with UTF-16's mark
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8",
}
START = 4096  # bytes that show whether every second byte is zero
BLOCK = 1 << 20  # bytes
MOSTLY_ASCII = 0.2  # share of other bytes, above which the text is hardly in a Latin alphabet
WESTERN = ("cp1252", "latin-1")
OTHERS = ("gb18030", "shift_jis", "euc_kr", "cp1251", "cp1252", "latin-1")


def without_mark(encoding: str) -> str:
    """Return the encoding that also skips a byte order mark, if there is one."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def check_start(path: Path, encoding: str) -> None:
    """Refuse a file whose first bytes show another encoding, because it might decode without an error.

    Raises:
        LookupError: there is no such encoding.
        ValueError: the file begins with another byte order mark, or every second byte is zero.
    """
    expected = codecs.lookup(encoding).name.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    found = _encoding_by_start(path)
    if found and codecs.lookup(found).name.removesuffix("-le").removesuffix("-be") != expected:
        raise ValueError(f"{path} is {found.upper()}, not {encoding}. Name that encoding: encoding={found}.")


def _encoding_by_start(path: Path) -> str:
    with path.open("rb") as handle:
        start = handle.read(START)
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) / 8 and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    return ""


def wrong_encoding(path: Path, encoding: str, error: UnicodeError) -> ValueError:
    """Return the error for a file that is not in the expected encoding. It shows nothing of the file's content."""
    reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
    line = _undecodable_line(path, encoding)
    place = f", first in line {line}" if line else ""
    fitting = _fitting_encodings(path)
    return ValueError(
        f"{path} is not {encoding} ({reason}{place}). {_would_decode(fitting)}Save it as UTF-8, or name its "
        f"encoding: {' or '.join(f'encoding={name}' for name in fitting)}."
    )


def _would_decode(fitting: list[str]) -> str:
    return f"It would decode as {' or '.join(fitting)}. " if fitting else ""


def _undecodable_line(path: Path, encoding: str) -> int | None:
    """Return the first line that cannot be decoded; None where a line's end is more than one byte."""
    if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
        return None
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return None


def _fitting_encodings(path: Path) -> list[str]:
    """Return the encodings that decode a whole file, the likelier ones first."""
    if _decodes(path, "utf-8"):
        return ["utf-8"]
    candidates = WESTERN if _share_of_high_bytes(path) < MOSTLY_ASCII else OTHERS
    fitting = [name for name in candidates if _decodes(path, name)]
    # Latin-1 decodes all bytes. The control characters that result mean that the file is in another encoding.
    return [name for name in fitting if name != "latin-1" or not _has_control_bytes(path)] or ["latin-1"]


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while block := handle.read(BLOCK):
            yield block


def _share_of_high_bytes(path: Path) -> float:
    start = next(_blocks(path), b"")
    return sum(byte >= 0x80 for byte in start) / max(1, len(start))


def _has_control_bytes(path: Path) -> bool:
    return any(0x80 <= byte < 0xA0 for block in _blocks(path) for byte in set(block))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
