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

    from .pictures import DEFAULT_LIMITS

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > DEFAULT_LIMITS.pixels:
                raise ValueError(f"it has {opened.width:,} x {opened.height:,} pixels")
            opened.draft("RGB", (2 * side, 2 * side))  # a JPEG is decoded at a fraction of its size
            drawn = opened.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"A picture cannot be shown: {error}. Load the dataset again to check it.") from error
    drawn.thumbnail((side, side))
    small = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")
    written = io.BytesIO()
    small.save(written, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(written.getvalue()).decode()}"
