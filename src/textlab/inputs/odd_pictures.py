"""Small pictures of every plain mode and of unusual shapes. The PNG are written here, without a library."""

import struct
import zlib

from . import png_chunks
from .references import BASE64, INLINE, inline_reference

GRAY, COLOURS, PALETTE, GRAY_ALPHA, COLOURS_ALPHA = 0, 2, 3, 4, 6  # colour types of PNG (ISO/IEC 15948, table 11.1)
GRAY_JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////"
    "////////wAALCAABAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAf/EABcQAAMBAAAAAAAAAAAAAAAAAAABsdH/2gAIAQEAAD8AMUP/2Q=="
)
COLOUR_JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////"
    "////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wgARCAACAAMD"
    "ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUAQEAAAAAAAAAAAAAAAAAAAAB/9oADAMBAAIQAxAAAAGAP//EABQQAQAAAAAAAAAA"
    "AAAAAAAAAAD/2gAIAQEAAQUCf//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQMBAT8Bf//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQIBAT8B"
    "f//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEABj8Cf//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAT8hf//aAAwDAQACAAMAAAAQ/wD/"
    "xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAEDAQE/EH//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAECAQE/EH//xAAYEAACAwAAAAAAAAAAAAAA"
    "AAAAAVFxsf/aAAgBAQABPxCKWI//2Q=="
)


def odd_pictures() -> tuple[str, ...]:
    """Return data URLs of pictures that decoders have to treat differently."""
    three_colours = bytes([255, 0, 0, 0, 160, 0, 0, 0, 255])
    pictures = (
        _png(1, 1, GRAY, b"\x50"),
        _png(2, 1, GRAY_ALPHA, b"\x30\xff\x30\x00"),
        _png(2, 1, COLOURS, b"\xff\x00\x00\x00\x00\xff"),
        _png(2, 2, COLOURS_ALPHA, b"\xff\x00\x00\xff\x00\xff\x00\x80\x00\x00\xff\x01\x05\x05\x05\x00"),
        _png(3, 1, PALETTE, b"\x00\x01\x02", palette=three_colours, transparent=b"\xff\x00\x80"),
        _png(4, 1, PALETTE, b"\x18", bits=2, palette=three_colours),
        _png(2000, 1, COLOURS, b"\x10\x80\xf0" * 2000),
        _png(1, 2000, GRAY, b"\x20\xe0" * 1000),
    )
    return (
        *(inline_reference(picture) for picture in pictures),
        *(f"{INLINE}jpeg{BASE64}{content}" for content in (GRAY_JPEG, COLOUR_JPEG)),
    )


def _png(
    width: int,
    height: int,
    colour_type: int,
    pixels: bytes,
    *,
    bits: int = 8,
    palette: bytes = b"",
    transparent: bytes = b"",
) -> bytes:
    """Return a PNG.

    Args:
        width, height: in pixels.
        colour_type: one of the five above.
        pixels: the rows, one after the other.
        bits: the bits per channel.
        palette: the colours of a palette, three bytes each.
        transparent: the opacity of the colours of a palette, a byte each.
    """
    step = len(pixels) // height
    rows = b"".join(b"\0" + pixels[start : start + step] for start in range(0, len(pixels), step))
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"tRNS", transparent), (b"IDAT", zlib.compress(rows, 9)))
    return png_chunks.written([*(chunk for chunk in chunks if chunk[1]), (b"IEND", b"")])
