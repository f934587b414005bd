"""Read word2vec's binary format: a header line, then for each word its name, a blank and float32 numbers."""

from typing import BinaryIO

import numpy as np

from textlab.features.vectors.rows import VectorRows, read_exactly, read_until
from textlab.features.vectors.text_format import header
from textlab.features.vectors.word_vectors import WordVectors


def read_binary(handle: BinaryIO, rows: VectorRows) -> WordVectors:
    """Read the format that word2vec.c writes with `-binary 1`.

    Raises:
        ValueError: the file ends early, continues after the last word, or has an invalid word or number.
    """
    dimensions = header(read_until(handle, b"\n", rows, "the header"))
    assert dimensions is not None, "only files with a header are read here"
    count, width = dimensions
    rows.set_width(width, "line 1")
    for number in range(1, count + 1):
        start = handle.tell()
        what = f"word {number:,} of {count:,}"
        name = read_until(handle, b" ", rows, what).lstrip(b"\n")  # some programs end a vector with a line break
        values = np.frombuffer(read_exactly(handle, 4 * width, rows, what), "<f4").astype(np.float32)
        word = rows.decode(name, f"byte {start:,}")
        if rows.keeps(word):
            rows.add(word, values, f"byte {start:,}")
    end = handle.tell()
    if handle.read(2).strip(b"\n"):
        raise rows.fail(f"byte {end:,}", f"the file continues after its {count:,} words. Get a complete copy.")
    return rows.table()
