"""Pictures of every kind that a client can send, for the tests of the service."""

import base64
import io
import struct
import zlib

from PIL import Image
from tiny_pictures import COLOURS, picture

RED, BLUE = (picture(colour) for colour in COLOURS.values())


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, pixels: bytes, between: bytes = b"", depth: int = 8, colours: int = 2) -> bytes:
    """A PNG whose header says what it likes. `pixels` is what its pixel data unpacks to."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + between + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")


def zeros(length: int) -> bytes:
    """The compressed form of zeros, made in pieces."""
    packer, pieces = zlib.compressobj(9), []
    for start in range(0, length, 1_000_000):
        pieces.append(packer.compress(bytes(min(1_000_000, length - start))))
    return b"".join([*pieces, packer.flush()])


def one_colour(side: int) -> bytes:
    """A complete PNG of `side` x `side` black pixels, 1 bit each."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    content = zeros(side * (1 + (side + 7) // 8))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def saved(image: Image.Image, form: str, **options) -> bytes:
    written = io.BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def animated(form: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in COLOURS.values()]
    return saved(frames[0], form, save_all=True, append_images=frames[1:])


def turned_photo() -> bytes:
    """A red JPEG with an EXIF orientation."""
    image = Image.new("RGB", (32, 16), COLOURS["red"])
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(image, "JPEG", exif=exif)


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "a text": (b"blue cup, 12 EUR\n" * 20, "text"),
    "an SVG": (SVG, "SVG"),
    "a GIF": (animated("GIF"), "GIF"),
    "an animated PNG": (animated("PNG"), "animated"),
    "a WebP": (saved(Image.new("RGB", (8, 8)), "WEBP"), "WebP"),
    "a truncated JPEG": (saved(Image.effect_noise((64, 64), 50), "JPEG")[:-400], "cut off"),
    "a truncated PNG": (RED[:-20], "cut off"),
    "a damaged PNG": (RED[:60] + bytes(30) + RED[90:], "damaged"),
    "a PNG that claims 30,000 x 30,000 pixels": (png(30_000, 30_000, b""), "pixels"),
    "a PNG of 30,000 x 30,000 pixels": (one_colour(30_000), "pixels"),
    "a PNG with fewer pixels than it claims": (png(4_000, 4_000, b"\x00"), "damaged|cut off"),
    "nothing but a PNG's signature": (b"\x89PNG\r\n\x1a\n", "cut off"),
    "a web page": (b"<!doctype html><html><body>404</body></html>", "web page"),
}
