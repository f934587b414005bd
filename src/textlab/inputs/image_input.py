"""Pictures: the values of the input `image`. A frame holds references to them, see `references`."""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from typing import Any

from .kind import InputKind, ReceivedError
from .measures import Measures, recorded_measures
from .references import digest_of, inline_reference, moved_reference, read
from .traits import TRAITS


class Image(InputKind):
    """A PNG or JPEG picture, which a graph gets as its encoded bytes; no bytes for a missing one."""

    name, mlflow_type = "picture", "binary"
    traits = TRAITS

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
            return base64.b64decode(value or "", validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise ReceivedError(
                f"A picture came as {type(value).__name__} that is not base64. Send its bytes, or base64."
            ) from None

    def measures(self, content: bytes) -> Measures:
        """Return the form, the traits and the embedding of a picture."""
        from .picture_measures import picture_measures  # imports NumPy

        return picture_measures(content)

    def recorded(self, content: bytes, in_full: bool) -> Any:
        """Return measures, never the picture."""
        if not content:
            return ""
        return recorded_measures(self.measures(content), hashlib.sha256(content).hexdigest(), in_full)

    def kept(self, value: Any) -> str:
        """Return a checked picture that came in base64, as a data URL."""
        from .pictures import PictureError, checked

        content = self.received(value)
        try:
            return inline_reference(checked(content).content) if content else ""
        except PictureError as error:
            raise ReceivedError(str(error)) from None

    def file_name(self, value: str) -> str:
        """Return the sha256 of the content; "" for a missing picture."""
        return digest_of(value)

    def moved(self, value: str, path: str) -> str:
        """Return the reference to a copy of the picture."""
        return moved_reference(value, path)

    def odd_values(self) -> tuple[str, ...]:
        """Return no picture at all, and small pictures of every mode that can be decoded."""
        return ("",)


KIND = Image()
