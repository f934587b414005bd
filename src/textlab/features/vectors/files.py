"""Word vectors in files: word2vec's text and binary formats, GloVe's text, fastText's .vec and .bin, plain or gzip.

Every value is read here, by its meaning: nothing in a file is ever run or unpickled.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import BinaryIO

from textlab.features.vectors.binary_format import read_binary
from textlab.features.vectors.fasttext_file import MAGIC, read_fasttext
from textlab.features.vectors.rows import VectorRows
from textlab.features.vectors.text_format import header, read_text
from textlab.features.vectors.word_vectors import WordVectors

SNIFFED = 1 << 16  # bytes from which the format is told
PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"


def read_vector_file(path: Path, width: int | None = None, words: Collection[str] | None = None) -> WordVectors:
    """Read a file in any of the formats, told by its content, not by its name.

    Args:
        path: the file.
        width: how many numbers a vector must have; None takes what the file has.
        words: only these are kept (all where None), so that memory holds no more than is needed.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, truncated, malformed, of another width, or holds none of `words`; the message
            says the line or the byte.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Expected vectors as text, word2vec .bin or fastText .bin.")
    with _opened(path) as handle:
        try:
            return _reader(handle, path)(handle, VectorRows(path, width, words))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(
                f"{path}, unpacked byte {handle.tell():,}: the gzip stream is truncated or broken. Get the file anew."
            ) from error


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as handle:
        start = handle.read(4)
    if start == b"PK\x03\x04":
        raise ValueError(f"{path} is a zip archive. Unpack it and name one of the files in it.")
    if start[:2] == b"\x1f\x8b":
        return io.BufferedReader(gzip.open(path, "rb"))
    return path.open("rb")


def _reader(handle: BinaryIO, path: Path) -> Callable[[BinaryIO, VectorRows], WordVectors]:
    """What reads the file; leaves `handle` at its start."""
    start = handle.read(SNIFFED)
    handle.seek(0)
    if not start:
        raise ValueError(f"{path} is empty. Expected a word and its numbers on each line.")
    if start[:4] == MAGIC:
        return read_fasttext
    first, _, rest = start.partition(b"\n")
    stated = header(first)
    if stated is None:
        return read_text
    # As text, each number and what divides it from the next take two bytes at least.
    numbers = rest.partition(b" ")[2][: 2 * stated[1]]
    return read_binary if numbers.translate(None, PRINTABLE) else read_text
