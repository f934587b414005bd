"""Small pieces of Markdown that the generated pages share."""

import inspect
import re
from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; a pipe or a line break inside a value cannot break it."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(_inside_a_cell(value) for value in line) + " |" for line in lines)


def _inside_a_cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: object) -> str:
    """The value in code style; an empty string for None and for no text."""
    return f"`{value}`" if value not in (None, "") else ""


def attributes(described: type) -> dict[str, str]:
    """The meaning of each attribute, as the `Attributes:` section of the docstring gives it."""
    section = re.search(r"^Attributes:\n(.*?)(?=^\S|\Z)", inspect.getdoc(described) or "", re.MULTILINE | re.DOTALL)
    if section is None:
        return {}
    entries = re.findall(r"^    (\w[\w, ]*): (.*(?:\n {5,}.*)*)", section[1], re.MULTILINE)
    return {name.strip(): " ".join(text.split()) for names, text in entries for name in names.split(",")}


def sentence(text: str) -> str:
    """The text with a capital at its beginning and a full stop at its end."""
    text = text.strip()
    capital = text[:1].upper() if re.match(r"[a-z]+[\s;,]", text) else text[:1]
    return capital + text[1:] + ("" if not text or text.endswith((".", "!", "?")) else ".")
