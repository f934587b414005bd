"""The names of files that are no PNG and no JPEG, told from their first bytes; and the error of a broken one."""

import re

BEGINNING = 1_000  # bytes
STARTS = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\x00": "a TIFF",
    b"MM\x00*": "a TIFF",
    b"\x00\x00\x01\x00": "an icon",
    b"8BPS": "a Photoshop file",
    b"%PDF": "a PDF",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL",
    b"\xff\x0a": "a JPEG XL",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000",
}
BRANDS = {b"avif": "an AVIF", b"avis": "an AVIF", b"heic": "a HEIC", b"heix": "a HEIC", b"mif1": "a HEIC"}
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"<(!doctype\s+html|html)[\s>]", re.IGNORECASE)


class BrokenStructureError(ValueError):
    """The parts of a picture's file do not fit together: it was cut off or damaged."""


def refusal(content: bytes) -> str:
    """Return two sentences: what a file is that is no PNG and no JPEG, and what to do."""
    start = content[:BEGINNING]
    if not content:
        return "It is empty. Put a PNG or JPEG in its place."
    if _SVG.search(start):
        return "It is an SVG, a drawing without pixels. Save it as PNG."
    if _PAGE.search(start):
        return "It is a web page, not a picture. Download the picture itself."
    if name := _format(start):
        one_frame = ", of an animation one frame" if name in ("a GIF", "a WebP") else ""
        return f"It is {name}, and only PNG and JPEG can be read. Save it as PNG or JPEG{one_frame}."
    what = "a text" if _is_text(start) else "of an unknown format"
    return f"It is {what}, not a picture. Put a PNG or JPEG in its place."


def _format(start: bytes) -> str:
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "a WebP"
    if start[4:8] == b"ftyp":
        return BRANDS.get(start[8:12], "a video")
    return next((name for mark, name in STARTS.items() if start.startswith(mark)), "")


def _is_text(start: bytes) -> bool:
    try:
        return "\x00" not in start[:-4].decode()  # the last character may be cut
    except UnicodeDecodeError as error:
        return error.start > len(start) - 8 and b"\x00" not in start
