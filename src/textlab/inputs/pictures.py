"""Check a picture before anything decodes it, and bring it into a form that every decoder reads alike.

What passes is one frame of PNG or JPEG with 8 bits per channel, in gray, colour or with a palette, and upright. The
graph of a model decodes exactly such pictures with TensorFlow. Sizes are read from the header, before any pixel.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import jpeg_segments, png_chunks
from .orientation import UPRIGHT, orientation
from .picture_formats import BrokenStructureError, refusal

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

TURNED = "turned upright by its EXIF orientation"
ONE_COLOUR = "converted from one transparent colour"
PNG: Mapping[str, Any] = {"format": "PNG", "compress_level": 1}
JPEG: Mapping[str, Any] = {"format": "JPEG", "quality": 95, "subsampling": "4:4:4"}
CMYK, RARE_JPEG = "converted from CMYK", "converted from a rare kind of JPEG"


class PictureError(ValueError):
    """A picture is refused. The message is two sentences, to be put behind the picture's row and name."""


@dataclass(frozen=True)
class Limits:
    """The largest picture that is decoded.

    Attributes:
        bytes: its size as a file.
        pixels: width times height.
        side: the longer side in pixels.
        scans: passes over a progressive JPEG; encoders write about ten, and each may take as long as the whole picture.
    """

    bytes: int = 20_000_000
    pixels: int = 40_000_000
    side: int = 16_000
    scans: int = 100


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Picture:
    """A picture that passed.

    Attributes:
        content: its bytes, which every decoder reads alike.
        width, height: its size in pixels.
        changes: what was changed in the pixels; if nothing was, `content` is what came.
    """

    content: bytes
    width: int
    height: int
    changes: tuple[str, ...] = ()


def checked(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """Check a picture by decoding all of it. If other decoders could read it otherwise, encode it again.

    A PNG is encoded again without loss. A JPEG stays one: as a PNG, a photograph would be seven times as large.
    Nothing but the pixels is decoded: no profiles, no texts. What stands behind the picture's end is left as it is.

    Raises:
        PictureError: it is no PNG or JPEG, it is animated, too large, cut off or damaged.
    """
    if len(content) > limits.bytes:
        raise PictureError(
            f"It has {len(content):,} bytes, and at most {limits.bytes:,} are read. Save it smaller or more compressed."
        )
    try:
        if content.startswith(png_chunks.SIGNATURE):
            decoded, changes, turned = _decoded_png(content, limits)
        elif content.startswith(jpeg_segments.SIGNATURE):
            decoded, changes, turned = _decoded_jpeg(content, limits)
        else:
            raise PictureError(refusal(content))
    except BrokenStructureError:
        raise PictureError("It is cut off or damaged. Put a complete copy in its place.") from None
    if not changes and turned == UPRIGHT:
        return Picture(content, decoded.width, decoded.height)
    return _encoded(decoded, changes, turned, JPEG if content.startswith(jpeg_segments.SIGNATURE) else PNG)


def dimensions(content: bytes) -> tuple[int, int]:
    """Return width and height of a picture that `checked` returned, from its header alone."""
    if content.startswith(png_chunks.SIGNATURE):
        header = png_chunks.header(content)
        return header.width, header.height
    return jpeg_segments.size(content, jpeg_segments.segments(content))


def _decoded_png(content: bytes, limits: Limits) -> tuple["Image", tuple[str, ...], int]:
    from PIL.PngImagePlugin import PngImageFile

    header = png_chunks.header(content)
    _check_size(header.width, header.height, limits)
    chunks = list(png_chunks.chunks(content))
    if png_chunks.is_animated(chunks):
        raise PictureError("It is an animated PNG, and a picture has one frame. Save the frame to use as PNG.")
    png_chunks.check_pixels(chunks, header)
    image: Image = _loaded(PngImageFile, png_chunks.decoded_part(chunks))
    exif = next((data for name, data in chunks if name == b"eXIf"), b"")
    is_odd = header.depth != 8 and header.colour_type != png_chunks.PALETTE  # palettes always hold 8 bits
    changes = (f"converted from {header.depth} bit",) if is_odd else ()
    image = _with_eight_bits(image, header.depth) if is_odd else image
    if image.mode in ("L", "RGB") and "transparency" in image.info:  # TensorFlow would show the colour
        image, changes = image.convert(f"{image.mode}A"), changes or (ONE_COLOUR,)
    return image, changes, orientation(exif)


def _decoded_jpeg(content: bytes, limits: Limits) -> tuple["Image", tuple[str, ...], int]:
    from PIL.JpegImagePlugin import JpegImageFile

    segments = list(jpeg_segments.segments(content))
    _check_size(*jpeg_segments.size(content, segments), limits)
    if jpeg_segments.scans(segments) > limits.scans:
        raise PictureError(f"It goes over its pixels more than {limits.scans} times. Save it again as JPEG.")
    image = _loaded(JpegImageFile, jpeg_segments.decoded_part(content, segments))
    rare = () if jpeg_segments.is_common(segments) else (RARE_JPEG,)
    changes = (CMYK, *rare) if image.mode == "CMYK" else rare
    return image, changes, orientation(jpeg_segments.exif(content, segments))


def _loaded(reader: "type[ImageFile]", content: bytes) -> "ImageFile":
    """Decode a picture with the decoder of its format, whatever limits of its own Pillow was given in a notebook."""
    try:
        image = reader(io.BytesIO(content))
        image.load()
    except (OSError, SyntaxError, ValueError):  # what Pillow raises on broken pictures
        raise PictureError("It is damaged and cannot be decoded. Put a complete copy in its place.") from None
    return image


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels or max(width, height) > limits.side:
        raise PictureError(
            f"It has {width:,} x {height:,} pixels, and at most {limits.pixels:,} are decoded, at most {limits.side:,} "
            "on a side. Save it smaller."
        )


def _with_eight_bits(image: "Image", depth: int) -> "Image":
    """Return a picture with 8 bits per channel: the upper ones of 16, else as many grays as there are.

    TensorFlow reads the opacity of grays of 1, 2 and 4 bits wrongly.
    """
    transparent = image.info.pop("transparency", None)
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256)
    if image.mode in ("1", "I"):
        image = image.convert("L")
    if transparent is not None and depth < 8:  # a colour of 16 bits would stand for 256 grays
        image.info["transparency"] = transparent * (255 // (2**depth - 1)) if depth > 1 else transparent
    return image


def _encoded(image: "Image", changes: tuple[str, ...], turned: int, options: Mapping[str, Any]) -> Picture:
    """Return a picture upright and with 8 bits per channel, saved with Pillow's options."""
    from PIL.Image import Transpose

    if image.mode == "CMYK":
        image = image.convert("RGB")
    turns = {
        **{2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE},
        **{6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90},
    }
    if turned in turns:
        image, changes = image.transpose(turns[turned]), (*changes, TURNED)
    written = io.BytesIO()
    image.save(written, **options)
    return Picture(written.getvalue(), image.width, image.height, changes)
