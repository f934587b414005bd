"""Texts: the values of every input that has no kind of its own."""

from collections.abc import Iterable
from typing import Any

from .kind import InputKind, ReceivedError

ODD_TEXTS = ("", " ", "\x00", "\ud800", "\u202eא ב", "👩‍👩‍👧", "é" * 3, "#", "@", "&amp;amp;", "z" * 10_000)


class Text(InputKind):
    """A text, which a graph gets in UTF-8. Graphs replace lone surrogates by blanks."""

    name, mlflow_type = "text", "string"

    def received(self, value: Any) -> bytes:
        """Return a text, or the text of a number, in UTF-8."""
        return str(value).encode("utf-8", errors="surrogatepass")

    def kept(self, value: Any) -> str:
        """Return the text. JSON may hold half a surrogate pair, which no encoding can write."""
        if not isinstance(value, str):
            raise ReceivedError(f"A text came as {type(value).__name__}. Send a string.")
        return value.encode("utf-8", errors="replace").decode()

    def identity(self, value: str) -> str:
        """Return the text itself."""
        return value

    def duplicate_key(self, value: str) -> str:
        """Return the text without differences in case and white space."""
        return " ".join(value.casefold().split())

    def encode(self, values: Iterable[str]) -> list[bytes]:
        """Return the texts in UTF-8."""
        return [value.encode("utf-8", errors="surrogatepass") for value in values]

    def odd_values(self) -> tuple[str, ...]:
        """Return texts such as one of NUL, of half a surrogate pair, or of 10,000 letters."""
        return ODD_TEXTS

    def recorded(self, content: bytes, in_full: bool) -> str | None:
        """Return the text if it may be recorded."""
        return content.decode("utf-8", errors="replace") if in_full else None


KIND = Text()
