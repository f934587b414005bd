"""JPEG files as segments (ITU-T T.81, annex B), read without decoding."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .picture_formats import BrokenStructureError

SIGNATURE = b"\xff\xd8\xff"
START_OF_SCAN, END_OF_IMAGE, EXIF = 0xDA, 0xD9, 0xE1
COMMON_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended and progressive, with Huffman codes
FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
BESIDE_THE_PIXELS = (*range(0xE1, 0xEE), 0xEF, 0xFE)  # not APP0 and APP14, which state the colours
EXIF_MARK = b"Exif\x00\x00"

_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
_AFTER_SCAN = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)  # in a scan FF00 is a byte, FFD0 to FFD7 restart


class Segment(NamedTuple):
    """A part of a JPEG: its marker, and where it stands, from the marker to the end of its data."""

    marker: int
    start: int
    end: int


def segments(content: bytes) -> Iterator[Segment]:
    """Yield the segments up to the end marker. The pixels stand between them.

    Raises:
        BrokenStructureError: the end marker is missing, or a segment goes beyond the file.
    """
    position, pattern = 2, _MARKER
    while match := pattern.search(content, position):
        marker, start = match[1][0], match.end()
        if marker == END_OF_IMAGE:
            return
        pattern = _AFTER_SCAN if marker == START_OF_SCAN else _MARKER
        position = start + max(int.from_bytes(content[start : start + 2]), 2)
        if position > len(content):
            break
        yield Segment(marker, start - 2, position)
    raise BrokenStructureError


def size(content: bytes, read: Iterable[Segment]) -> tuple[int, int]:
    """Return the width and the height in pixels.

    Raises:
        BrokenStructureError: there are no pixels.
    """
    for segment in read:
        if segment.marker in FRAMES:
            height, width = (int.from_bytes(content[segment.start + at : segment.start + at + 2]) for at in (5, 7))
            return width, height
    raise BrokenStructureError


def exif(content: bytes, read: list[Segment]) -> bytes:
    """Return the EXIF data of a JPEG; b"" if there is none."""
    parts = (content[segment.start + 4 : segment.end] for segment in read if segment.marker == EXIF)
    return next((part for part in parts if part.startswith(EXIF_MARK)), b"").removeprefix(EXIF_MARK)


def decoded_part(content: bytes, read: list[Segment]) -> bytes:
    """Return a JPEG with the same pixels, without what cameras and programs wrote beside them."""
    kept, position = [], 0
    for segment in read:
        if segment.marker in BESIDE_THE_PIXELS:
            kept.append(content[position : segment.start])
            position = segment.end
    return b"".join((*kept, content[position:]))


def is_common(read: list[Segment]) -> bool:
    """Return whether every decoder reads such a JPEG: no arithmetic codes, lossless or hierarchical frames."""
    return all(segment.marker in COMMON_FRAMES for segment in read if segment.marker in FRAMES)


def scans(read: list[Segment]) -> int:
    """Return how often the decoder goes over the picture."""
    return sum(segment.marker == START_OF_SCAN for segment in read)
