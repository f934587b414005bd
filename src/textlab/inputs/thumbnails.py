"""Thumbnails: small copies of pictures for pages."""

import base64
import io

from .opened_pictures import on_white, opened

SIDE = 96  # pixels of the longer side
QUALITY = 80  # of JPEG: most thumbnails take 2 to 5 KB


def thumbnail(content: bytes) -> str:
    """Return a JPEG of at most SIDE pixels a side as a data URL, on white where the picture is transparent.

    Args:
        content: a PNG or JPEG picture.

    Raises:
        ValueError: the content is no such picture, or it is too large.
    """
    try:
        image = opened(content, least_side=2 * SIDE).image
    except ValueError as error:
        raise ValueError(f"A picture cannot be shown: {error}. Load the dataset again to check it.") from error
    image.thumbnail((SIDE, SIDE))
    written = io.BytesIO()
    on_white(image).save(written, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(written.getvalue()).decode()}"
