"""Open pictures by Pillow to look at them: for thumbnails, measures and fingerprints, not for a model's graph."""

import io
from typing import TYPE_CHECKING, NamedTuple

from . import jpeg_segments, png_chunks
from .picture_formats import BrokenStructureError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile


class Opened(NamedTuple):
    """A decoded picture.

    Attributes:
        image: its pixels, RGB, or RGBA if some may be transparent.
        form: its format, "PNG" or "JPEG".
        width, height: its size in pixels; the image of a JPEG may be smaller.
    """

    image: "Image"
    form: str
    width: int
    height: int


def opened(content: bytes, least_side: int | None = None) -> Opened:
    """Decode a PNG or JPEG.

    Args:
        content: the file.
        least_side: a JPEG is decoded at a fraction of its size, which saves time, but with sides of at least this many
            pixels; None decodes all pixels.

    Raises:
        ValueError: the content is no such picture, or it has more pixels than the limit of datasets.
    """
    from .pictures import DEFAULT_LIMITS

    try:
        with _reader(content) as image:
            width, height = image.size
            if width * height > DEFAULT_LIMITS.pixels:
                raise ValueError(f"it has {width:,} x {height:,} pixels")
            if least_side is not None:
                image.draft("RGB", (least_side, least_side))
            may_be_transparent = "A" in image.getbands() or "transparency" in image.info
            return Opened(image.convert("RGBA" if may_be_transparent else "RGB"), str(image.format), width, height)
    except (OSError, SyntaxError, BrokenStructureError) as error:  # Pillow raises the first two
        raise ValueError(str(error) or "it is no PNG or JPEG") from error


def _reader(content: bytes) -> "ImageFile":
    """Open a picture without what stands beside its pixels, because of which Pillow may refuse it."""
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    if content.startswith(png_chunks.SIGNATURE):
        return PngImageFile(io.BytesIO(png_chunks.decoded_part(list(png_chunks.chunks(content)))))
    segments = list(jpeg_segments.segments(content))
    return JpegImageFile(io.BytesIO(jpeg_segments.decoded_part(content, segments)))


def on_white(image: "Image") -> "Image":
    """Return an RGB or RGBA image on white, as RGB."""
    from PIL import Image

    if image.mode == "RGB":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
