"""Open pictures by Pillow to look at them: for thumbnails, measures and fingerprints, not for a model's graph."""

import io
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image


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
    from PIL import Image

    from .pictures import DEFAULT_LIMITS

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            width, height = image.size
            if width * height > DEFAULT_LIMITS.pixels:
                raise ValueError(f"it has {width:,} x {height:,} pixels")
            if least_side is not None:
                image.draft("RGB", (least_side, least_side))
            may_be_transparent = "A" in image.getbands() or "transparency" in image.info
            return Opened(image.convert("RGBA" if may_be_transparent else "RGB"), str(image.format), width, height)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:  # Pillow raises any of them, or ValueError
        raise ValueError(str(error)) from error


def on_white(image: "Image") -> "Image":
    """Return an RGB or RGBA image on white, as RGB."""
    from PIL import Image

    if image.mode == "RGB":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
