"""Write PNG files whose bytes are the same everywhere: stored, not compressed, because compressors differ by version.

Format: https://www.w3.org/TR/png-3/
"""

import struct
import zlib
from collections.abc import Sequence
from math import isqrt

from textlab.inputs import png_chunks

BITS, COLOURS = 4, 16  # two pixels a byte
PALETTE = 3  # the format's number for pictures of numbered colours


def encode(pixels: bytes, colours: Sequence[tuple[int, int, int]]) -> bytes:
    """Return the PNG file of a square picture.

    Args:
        pixels: the number of the colour of each pixel, row by row; the side of the square is even.
        colours: at most 16 colours.
    """
    side = isqrt(len(pixels))
    packed = bytes(left << BITS | right for left, right in zip(pixels[::2], pixels[1::2], strict=True))
    width = side // 2
    lines = b"".join(b"\x00" + packed[start : start + width] for start in range(0, len(packed), width))
    header = struct.pack(">IIBBBBB", side, side, BITS, PALETTE, 0, 0, 0)
    palette = b"".join(bytes(colour) for colour in colours)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", _stored(lines)), (b"IEND", b""))
    return png_chunks.written(chunks)


def _stored(content: bytes) -> bytes:
    """Return a zlib stream of one stored block, https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4; under 64 KB."""
    length = len(content)
    return (
        b"\x78\x01\x01"
        + struct.pack("<HH", length, length ^ 0xFFFF)
        + content
        + struct.pack(">I", zlib.adler32(content))
    )
