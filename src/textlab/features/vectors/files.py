"""Read word vectors from files: word2vec text and binary, GloVe text, fastText .vec and .bin, plain or gzip.

Files are parsed value by value; nothing in them is executed or unpickled.
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

SNIFFED = 1 << 16  # bytes from which the format is recognised
PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"


def read_vector_file(path: Path, width: int | None = None, words: Collection[str] | None = None) -> WordVectors:
    """Read a file in any of the formats. Its content decides which, not its name.

    Args:
        path: the file.
        width: the expected width of the vectors; None accepts any.
        words: the words to keep, to save memory; None keeps all.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file is empty, truncated, malformed, of another width, or has none of `words`. The message names
            the line or byte.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file {path}. Name a file of word vectors: text, word2vec .bin or fastText .bin."
        )
    with _opened(path) as handle:
        try:
            return _reader(handle, path)(handle, VectorRows(path, width, words))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(
                f"{path}, unpacked byte {handle.tell():,}: the gzip stream is truncated or broken. Get a complete copy."
            ) from error


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as handle:
        start = handle.read(4)
    if start == b"PK\x03\x04":
        raise ValueError(f"{path} is a zip archive. Unpack it and name one of its files.")
    if start[:2] == b"\x1f\x8b":
        return io.BufferedReader(gzip.open(path, "rb"))
    return path.open("rb")


def _reader(handle: BinaryIO, path: Path) -> Callable[[BinaryIO, VectorRows], WordVectors]:
    """Return the function that reads the file's format; leave `handle` at the start."""
    start = handle.read(SNIFFED)
    handle.seek(0)
    if not start:
        raise ValueError(f"{path} is empty. Expected a word and its numbers on each line.")
    if start[:4] == MAGIC:
        return read_fasttext
    first, _, rest = start.partition(b"\n")
    dimensions = header(first)
    if dimensions is None:
        return read_text
    # In a text file, each number with its separator takes at least two bytes.
    numbers = rest.partition(b" ")[2][: 2 * dimensions[1]]
    return read_binary if numbers.translate(None, PRINTABLE) else read_text
