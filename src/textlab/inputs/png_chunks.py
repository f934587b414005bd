"""PNG files as chunks (W3C, Portable Network Graphics, third edition, chapters 5 and 11), without their pixels."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .picture_formats import BrokenStructureError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE = 3  # the colour type of pictures whose pixels are indexes into a palette
CHANNELS = {0: 1, 2: 3, PALETTE: 1, 4: 2, 6: 4}  # by colour type
DECODED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")  # what decides the pixels
PIECE = 1 << 20  # bytes
INTERLACED = (  # the first column and row of each pass, and the steps to the next ones
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)


@dataclass(frozen=True)
class Header:
    """The header of a PNG. Sizes are in pixels, `depth` in bits per channel."""

    width: int
    height: int
    depth: int
    colour_type: int
    is_interlaced: bool

    @property
    def stream_size(self) -> int:
        """The number of bytes that the rows fill before compression, each with a byte for its filter."""
        bits = CHANNELS[self.colour_type] * self.depth
        passes = INTERLACED if self.is_interlaced else ((0, 0, 1, 1),)
        sizes = ((-(-(self.width - x) // right), -(-(self.height - y) // down)) for x, y, right, down in passes)
        return sum(height * (1 + -(-width * bits // 8)) for width, height in sizes if width > 0 and height > 0)


def header(content: bytes) -> Header:
    """Return the header of a PNG.

    Raises:
        BrokenStructureError: there is none, or it breaks the rules.
    """
    try:
        length, name, width, height, depth, colour_type, method, filters, interlace = struct.unpack_from(
            ">I4sIIBBBBB", content, len(SIGNATURE)
        )
    except struct.error:
        raise BrokenStructureError from None
    is_right = length == 13 and name == b"IHDR" and width and height and colour_type in CHANNELS
    if not is_right or method or filters or interlace > 1:
        raise BrokenStructureError
    return Header(width, height, depth, colour_type, bool(interlace))


def chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the data of each chunk up to IEND; what stands behind it is no part of the picture.

    Raises:
        BrokenStructureError: a chunk is cut off or its checksum is wrong.
    """
    position, name = len(SIGNATURE), b""
    while name != b"IEND":
        length = int.from_bytes(content[position : position + 4])
        name, end = content[position + 4 : position + 8], position + 8 + length
        data, checksum = content[position + 8 : end], content[end : end + 4]
        if len(checksum) < 4 or not name.isalpha() or zlib.crc32(data, zlib.crc32(name)) != int.from_bytes(checksum):
            raise BrokenStructureError
        yield name, data
        position = end + 4


def is_animated(read: list[tuple[bytes, bytes]]) -> bool:
    """Return whether chunks are those of an animated PNG with several frames."""
    return any(name == b"acTL" and int.from_bytes(data[:4]) > 1 for name, data in read)


def decoded_part(read: list[tuple[bytes, bytes]]) -> bytes:
    """Return a PNG with the same pixels and nothing beside them, such as compressed texts of any size."""
    return written((name, data) for name, data in read if name in DECODED)


def written(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a PNG of chunks, each given by its name and its data."""
    return SIGNATURE + b"".join(
        len(data).to_bytes(4) + name + data + zlib.crc32(data, zlib.crc32(name)).to_bytes(4) for name, data in parts
    )


def check_pixels(read: list[tuple[bytes, bytes]], head: Header) -> None:
    """Check that the pixels are complete, also where decoders do not look: one that ends early is often taken as it is.

    Raises:
        BrokenStructureError: a chunk has no place in a PNG, or the pixels are damaged, too few or too many.
    """
    names = [name for name, _ in read]
    before = names[: names.index(b"IDAT")] if b"IDAT" in names else []
    is_sound = before.count(b"IHDR") == 1 and (head.colour_type != PALETTE or b"PLTE" in before)
    if not is_sound or any(name[:1].isupper() and name not in DECODED for name in names):
        raise BrokenStructureError
    if _unpacked_size((data for name, data in read if name == b"IDAT"), head.stream_size) != head.stream_size:
        raise BrokenStructureError


def _unpacked_size(parts: Iterable[bytes], most: int) -> int:
    """Return how many bytes a stream holds, without keeping them; more than `most` are not counted to their end."""
    stream, size = zlib.decompressobj(), 0
    try:
        for part in parts:
            while part and not stream.eof and size <= most:
                size += len(stream.decompress(part, PIECE))
                part = stream.unconsumed_tail
    except zlib.error:
        raise BrokenStructureError from None
    return size if stream.eof else -1
