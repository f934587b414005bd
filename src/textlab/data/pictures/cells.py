"""A cell of a table's column of pictures: a path, the bytes of a picture, or both as Hugging Face writes them."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.inputs.picture_files import read_file
from textlab.inputs.pictures import Limits, PictureError

_PICTURE_NAME = re.compile(r"\.(png|jpe?g|gif|webp|bmp|tiff?|svg|heic|avif)$", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SEVERAL = re.compile(r"[;,|\n]")
_DATA_URL = re.compile(r"data:image/\w+;base64,")


@dataclass(frozen=True)
class Cell:
    """The picture that a cell names or holds.

    Attributes:
        name: its path as written, or words for a picture that the table holds; "" for no picture.
        content: the bytes that the table holds; None if they are in the file.
        refusal: two sentences on why the cell cannot name a picture; "" if it can.
    """

    name: str
    content: bytes | None = None
    refusal: str = ""

    def read(self, folder: Path, limits: Limits) -> bytes:
        """Return the bytes of the picture.

        Raises:
            PictureError: the cell names none, or its file is missing or outside the folder.
        """
        if self.refusal:
            raise PictureError(self.refusal)
        return read_file(self.name, folder, limits.bytes) if self.content is None else self.content


def parse(value: Any) -> Cell:
    """Return what a cell says."""
    if isinstance(value, Mapping) and set(value) <= {"bytes", "path"}:
        content, path = value.get("bytes"), value.get("path")
        if content is None:
            return parse(path)
        name = str(path or "picture in the table")
        if isinstance(content, bytes):
            return Cell(name, content)
        return Cell(name, refusal=f"Its bytes are of type {type(content).__name__}. Write them as binary.")
    if isinstance(value, bytes | bytearray | memoryview):
        return Cell("picture in the table", bytes(value)) if len(value) else Cell("")
    if isinstance(value, str):
        return _of_text(value.strip())
    if pd.api.types.is_list_like(value):
        return _of_list(list(value))
    if value is None or value is pd.NA or value != value:  # NaN is not equal to itself
        return Cell("")
    kind = type(value).__name__
    return Cell(str(value), refusal=f"It is a value of type {kind}. Write the path of a picture.")


def _of_list(values: list[Any]) -> Cell:
    if len(values) == 1:
        return parse(values[0])
    return Cell("list", refusal=_several(len(values))) if values else Cell("")


def _of_text(text: str) -> Cell:
    if _DATA_URL.match(text):
        return _of_data_url(text)
    if _ADDRESS.match(text):
        return Cell(text, refusal="It is an address, and textlab downloads none. Save the picture beside the table.")
    parts = [part.strip(" []\"'") for part in _SEVERAL.split(text)]
    pictures = [part for part in parts if _PICTURE_NAME.search(part)]
    if len(pictures) > 1:
        return Cell(text, refusal=_several(len(pictures)))
    return Cell(text.replace("\\", "/"))


def _of_data_url(text: str) -> Cell:
    try:
        return Cell("picture in the table", base64.b64decode(text.partition(",")[2], validate=True))
    except binascii.Error:
        return Cell(text, refusal="It is not base64. Write the whole picture, or the path of a file.")


def _several(count: int) -> str:
    return f"It names {count} pictures, and an article has one. Keep the one that shows it best."
