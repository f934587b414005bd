"""Pictures: the values of the input `image`. A frame holds references to them, see `references`."""

import base64
import binascii
import hashlib
import math
from collections.abc import Iterable
from typing import Any

from .kind import InputKind, ReceivedError
from .references import digest_of, read

PIXELS_PER_UNIT = 5_000  # a picture of 5 megapixels has the size of a text of 1,000 characters
DECODED_AT_ONCE = 1_048_576  # characters of base64; Python's other threads run in between


class Image(InputKind):
    """A PNG or JPEG picture, which a graph gets as its encoded bytes; no bytes for a missing one."""

    name, mlflow_type, is_binary = "picture", "binary", True
    media_types = ("image/png", "image/jpeg")
    operations = frozenset({"DecodeJpeg", "DecodePng"})  # of PNG and JPEG; DecodeImage would also take GIF and BMP

    def identity(self, value: str) -> str:
        """Return the sha256 of the content."""
        return digest_of(value)

    def duplicate_key(self, value: str) -> str:
        """Return the sha256 of the content."""
        return digest_of(value)

    def encode(self, values: Iterable[str]) -> list[bytes]:
        """Return the content of the pictures."""
        return [read(value) for value in values]

    def received(self, value: Any) -> bytes:
        """Return a picture that came as bytes or in base64."""
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        try:
            return _from_base64(value or "")
        except (TypeError, ValueError, binascii.Error):
            raise ReceivedError(
                f"A picture came as {type(value).__name__} that is not base64. Send its bytes, or base64."
            ) from None

    def odd_values(self) -> tuple[str, ...]:
        """Return no picture at all, and small pictures of every mode that can be decoded."""
        return ("",)

    def checked(self, content: bytes, most_bytes: int, most_pixels: int) -> bytes:
        """Return a picture that was decoded as a whole, as a plain PNG or JPEG."""
        if not content:
            return content
        from .pictures import Limits, PictureError, checked

        try:
            return checked(content, Limits(bytes=most_bytes, pixels=most_pixels)).content
        except PictureError as error:
            raise ReceivedError(str(error)) from None

    def remembered(self, content: bytes) -> str:
        """Return the sha256 of a picture; "" for none."""
        return hashlib.sha256(content).hexdigest() if content else ""

    def size(self, content: bytes) -> int:
        """Return the number of pixels of a picture, in units of PIXELS_PER_UNIT."""
        if not content:
            return 0
        import io

        from PIL import Image as Pillow

        with Pillow.open(io.BytesIO(content)) as opened:
            return math.ceil(opened.width * opened.height / PIXELS_PER_UNIT)

    def of_size(self, size: int) -> bytes:
        """Return a noisy JPEG of this size."""
        import io

        from PIL import Image as Pillow

        side, written = max(math.isqrt(size * PIXELS_PER_UNIT), 1), io.BytesIO()
        Pillow.effect_noise((side, side), 32).convert("RGB").save(written, "JPEG", quality=90)
        return written.getvalue()


def _from_base64(value: str | bytes) -> bytes:
    """Decode strictly, in parts of a multiple of four characters."""
    starts = range(0, max(len(value), 1), DECODED_AT_ONCE)
    parts = [base64.b64decode(value[start : start + DECODED_AT_ONCE], validate=True) for start in starts]
    if any(len(part) < DECODED_AT_ONCE // 4 * 3 for part in parts[:-1]):
        raise binascii.Error("padding before the end")
    return b"".join(parts)


KIND = Image()
