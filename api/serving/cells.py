"""Cells of the predictions' tables that hold texts: sealed if there is a key."""

import json
from dataclasses import dataclass

from textlab.sealing import Keys, SealError
from textlab.sealing.chain import needed


@dataclass(frozen=True)
class Cells:
    """Seals and opens single cells. A sealed cell is a BLOB and a clear one is TEXT, so both can be told apart.

    Attributes:
        keys: the keys; None leaves cells in the clear.
    """

    keys: Keys | None = None

    @property
    def column(self) -> str:
        """The SQL that stores a cell of `seal`, with braces for the value."""
        return "CAST({} AS BLOB)" if self.keys else "{}"

    def seal(self, value: str, *place: str | int) -> str:
        """The content of a cell, to be stored as `column` says.

        Args:
            value: the text.
            place: what the cell belongs to: its column, and the other values of its row that must not be exchanged.
        """
        if self.keys is None:
            return value
        return self.keys.seal_value(value.encode("utf-8", "surrogatepass"), _context(place)).decode()

    def open(self, cell: str | bytes, *place: str | int) -> str | None:
        """The text of a cell. None if the cell is in the clear although there are keys: anyone may have written it.

        Raises:
            SealError: the cell is sealed, and the keys do not open it.
        """
        if isinstance(cell, str):
            return None if self.keys else cell
        try:
            return needed(self.keys).open_value(cell, _context(place)).decode("utf-8", "surrogatepass")
        except SealError as error:
            raise SealError(f"Remembered prediction, {place[0]}: {error}") from None


def _context(place: tuple[str | int, ...]) -> bytes:
    return json.dumps(["predictions", *place]).encode()
