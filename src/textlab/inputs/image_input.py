"""Pictures: the values of the input `image`. A frame holds references to them, see `references`."""

import base64
import binascii
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .kind import InputKind, ReceivedError
from .references import digest_of, inline_reference, read


class Image(InputKind):
    """A PNG or JPEG picture, which a graph gets as its encoded bytes; no bytes for a missing one."""

    name, mlflow_type, parity_examples = "picture", "binary", 256
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
            return base64.b64decode(value or "", validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise ReceivedError(
                f"A picture came as {type(value).__name__} that is not base64. Send its bytes, or base64."
            ) from None

    def from_cell(self, cell: str, folder: Path) -> str:
        """Return a reference that holds the picture whose path from the folder a cell states."""
        from .picture_files import read_file
        from .pictures import PictureError, checked

        if self.is_blank(cell):
            return ""
        try:
            return inline_reference(checked(read_file(cell.strip(), folder)).content)
        except PictureError as error:
            raise ReceivedError(str(error)) from None

    def from_option(self, option: str) -> str:
        """Return a reference that holds the picture in a file."""
        path = Path(option).expanduser().resolve()
        return self.from_cell(path.name, path.parent)

    def length(self, value: str) -> int:
        """Return 0: a graph brings all pictures to one size."""
        return 0

    def odd_values(self) -> tuple[str, ...]:
        """Return no picture at all, and small pictures of every mode that can be decoded."""
        return ("",)


KIND = Image()
