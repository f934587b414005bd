"""Thumbnails: small copies of pictures for pages."""

import base64
import io

SIDE = 96  # pixels of the longer side
QUALITY = 80  # of JPEG: most thumbnails take 2 to 5 KB


def thumbnail(content: bytes, side: int = SIDE) -> str:
    """Return a small JPEG of a PNG or JPEG picture as a data URL, on white where the picture is transparent.

    Args:
        content: the picture.
        side: the most pixels of either side.

    Raises:
        ValueError: the content is no such picture, or it is too large.
    """
    from PIL import Image

    from .pictures import DEFAULT_LIMITS, opened

    try:
        with opened(content) as image:
            if image.width * image.height > DEFAULT_LIMITS.pixels:
                raise ValueError(f"it has {image.width:,} x {image.height:,} pixels")
            image.draft("RGB", (2 * side, 2 * side))  # a JPEG is decoded at a fraction of its size
            drawn = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:
        reason = str(error) or "it is no PNG or JPEG"
        raise ValueError(f"A picture cannot be shown: {reason}. Load the dataset again to check it.") from error
    drawn.thumbnail((side, side))
    small = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")
    written = io.BytesIO()
    small.save(written, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(written.getvalue()).decode()}"
