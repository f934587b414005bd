"""Pictures: the values of the input `image`. A frame holds references to them, see `references`."""

import base64
import binascii
import hashlib
import io
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .kind import InputKind, ReceivedError, Shown
from .measures import PICTURE_TRAITS, Measures, recorded_measures
from .references import digest_of, inline_reference, moved_reference, path_of, read

PIXELS_PER_UNIT = 5_000  # a picture of 5 megapixels has the size of a text of 1,000 characters
KEPT_BYTES = 100_000_000  # what the service encoded anew may be larger than any picture that it takes
DECODED_AT_ONCE = 1_048_576  # characters of base64; Python's other threads run in between


class Image(InputKind):
    """A PNG or JPEG picture, which a graph gets as its encoded bytes; no bytes for a missing one."""

    name, mlflow_type, parity_examples, has_thumbnails = "picture", "binary", 256, True
    operations = frozenset({"DecodePng"})  # it decodes JPEG, too; DecodeImage would also take BMP and animations
    media_types, libraries = ("image/png", "image/jpeg"), ("pillow",)
    keeps_rows_together = True
    most_bits_apart = 20  # of 256; chosen by measurement, see docs/decisions.md
    traits = PICTURE_TRAITS

    def from_cell(self, cell: str, folder: Path) -> str:
        """Return a reference that holds the picture whose path from the folder a cell states."""
        from .picture_files import read_file
        from .pictures import PictureError

        if self.is_blank(cell):
            return ""
        try:
            content = read_file(cell.strip(), folder)
        except PictureError as error:
            raise ReceivedError(str(error)) from None
        return inline_reference(self._plain(content))

    def from_option(self, option: str) -> str:
        """Return a reference that holds the picture in a file."""
        path = Path(option).expanduser().resolve()
        if not path.is_file():
            raise ReceivedError("It is no file. Give the path of a PNG or JPEG file, from the current folder.")
        return self.from_cell(path.name, path.parent)

    def received(self, value: Any) -> bytes:
        """Return a picture that came as bytes or in base64."""
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        if isinstance(value, float) and math.isnan(value):  # an empty cell of a pandas table
            return b""
        try:
            return _from_base64(value or "")
        except (TypeError, ValueError, binascii.Error):
            raise ReceivedError(
                f"A picture came as {type(value).__name__} that is not base64. Send its bytes, or base64."
            ) from None

    def checked(self, content: bytes, most_bytes: int | None = None, most_pixels: int | None = None) -> bytes:
        """Return a picture as a plain PNG or JPEG. All of it was decoded."""
        return self._plain(content, most_bytes, most_pixels) if content else b""

    def _plain(self, content: bytes, most_bytes: int | None = None, most_pixels: int | None = None) -> bytes:
        """Return a picture that is there as a plain PNG or JPEG; an empty file is none."""
        from .pictures import Limits, PictureError, checked

        limits = Limits(bytes=most_bytes or Limits.bytes, pixels=most_pixels or Limits.pixels)
        try:
            return checked(content, limits).content
        except PictureError as error:
            raise ReceivedError(str(error)) from None

    def kept(self, value: Any) -> str:
        """Return a checked picture that came in base64, as a data URL."""
        content = self.checked(self.received(value), KEPT_BYTES)
        return inline_reference(content) if content else ""

    def identity(self, value: str) -> str:
        """Return the sha256 of the content."""
        return digest_of(value)

    def duplicate_key(self, value: str) -> str:
        """Return the sha256 of the content."""
        return digest_of(value)

    def fingerprint(self, value: str) -> bytes:
        """Return the perceptual hash of a picture; b"" if it is missing or of nearly one colour."""
        from .fingerprints import fingerprint

        return fingerprint(read(value)) if value else b""

    def encode(self, values: Iterable[str]) -> list[bytes]:
        """Return the content of the pictures."""
        return [read(value) for value in values]

    def length(self, value: str) -> int:
        """Return 0: a graph brings all pictures to one size."""
        return 0

    def size(self, content: bytes) -> int:
        """Return the number of pixels of a picture, in units of PIXELS_PER_UNIT."""
        if not content:
            return 0
        from .pictures import dimensions

        width, height = dimensions(content)
        return math.ceil(width * height / PIXELS_PER_UNIT)

    def of_size(self, size: int) -> bytes:
        """Return a noisy JPEG of this size."""
        from PIL import Image as Pillow

        side, written = max(math.isqrt(size * PIXELS_PER_UNIT), 1), io.BytesIO()
        Pillow.effect_noise((side, side), 32).convert("RGB").save(written, "JPEG", quality=90)
        return written.getvalue()

    def odd_values(self) -> tuple[str, ...]:
        """Return no picture at all, and small pictures of every mode that can be decoded."""
        from .odd_pictures import odd_pictures

        return ("", *odd_pictures())

    def in_words(self, value: str) -> str:
        """Return the path of the picture's file, or the beginning of the sha256 of a picture that has none."""
        return path_of(value) or (f"picture {digest_of(value)[:12]}" if value else "")

    def shown(self, value: str) -> Shown:
        """Return a thumbnail of the picture, or a sentence that says why there is none."""
        from .thumbnails import thumbnail

        if not value:
            return super().shown(value)
        try:
            return Shown(self.in_words(value), thumbnail(read(value)))
        except ValueError as error:
            return Shown(str(error))

    def measures(self, content: bytes) -> Measures:
        """Return the form, the traits and the embedding of a picture."""
        from .picture_measures import picture_measures  # imports NumPy

        return picture_measures(content)

    def recorded(self, content: bytes, in_full: bool) -> Any:
        """Return measures, never the picture."""
        if not content:
            return ""
        return recorded_measures(self.measures(content), hashlib.sha256(content).hexdigest(), in_full)

    def moved(self, value: str, path: str) -> str:
        """Return the reference to a copy of the picture."""
        return moved_reference(value, path)


def _from_base64(value: str | bytes) -> bytes:
    """Decode strictly, in parts of a multiple of four characters."""
    starts = range(0, max(len(value), 1), DECODED_AT_ONCE)
    parts = [base64.b64decode(value[start : start + DECODED_AT_ONCE], validate=True) for start in starts]
    if any(len(part) < DECODED_AT_ONCE // 4 * 3 for part in parts[:-1]):
        raise binascii.Error("padding before the end")
    return b"".join(parts)


KIND = Image()
