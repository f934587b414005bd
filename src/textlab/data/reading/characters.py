"""Find characters that show a wrong encoding: control characters, and UTF-8 that was read as Latin-1."""

import re
from collections.abc import Callable

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.reading.encodings import without_mark
from textlab.data.reading.places import rows_in

SERIOUS_SHARE = 0.05  # share of the rows with such characters, above which a report's answer says so
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_FROM_CP1252 = re.compile(r"[\x80-\x9f]")
# The characters of cp1252 from 0x80 to 0x9F.
_CP1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ\u2018\u2019“”•\u2013—˜™š›œžŸ"
# A byte from 0x80 to 0xBF that was read as Latin-1 or as cp1252.
_TAIL = f"[\x80-\xbf{_CP1252}]"
# Letters of Latin-1, which are two bytes in UTF-8; punctuation; emoji; and Cyrillic, whose letters come in a row.
_MOJIBAKE = re.compile(f"Â[\x80-\xbf]|Ã{_TAIL}|â[\x80€]{_TAIL}|ð[\x9fŸ]{_TAIL}|(?:[ÐÑ]{_TAIL}){{3}}")


def character_concerns(table: pd.DataFrame, encoding: str) -> list[Concern]:
    """Return concerns about control characters, and about UTF-8 that was read in another encoding."""
    concerns = []
    for name in table:
        column = table[name]
        # Two fast checks leave few cells to search.
        broken = _lines_with(_MOJIBAKE, column, lambda cell: not cell.isascii())
        control = _lines_with(_CONTROL, column, lambda cell: not cell.isprintable())
        control = sorted(set(control) - set(broken))
        if control:
            concerns.append(_control_concern(column.loc[control], len(column), encoding))
        if broken:
            concerns.append(_mojibake_concern(str(name), broken, len(column), encoding))
    return concerns


def _lines_with(pattern: re.Pattern[str], column: pd.Series, is_worth_searching: Callable[[str], bool]) -> list[int]:
    return [
        line
        for line, cell in zip(column.index, column, strict=True)
        if isinstance(cell, str) and is_worth_searching(cell) and pattern.search(cell)
    ]


def _control_concern(found: pd.Series, rows: int, encoding: str) -> Concern:
    if not _lines_with(_FROM_CP1252, found, lambda cell: not cell.isascii()):
        points, advice = "below U+0020, or U+007F", "Remove them from the file if they do not belong there."
    elif without_mark(encoding) == "utf-8-sig":
        points, advice = "U+0080 to U+009F", "Save the file again from its source: it was probably cp1252 before."
    else:
        points, advice = "U+0080 to U+009F", f"The file is probably cp1252, not {encoding}: write encoding=cp1252."
    return Concern(
        ConcernKind.UNUSUAL_TEXT,
        f"The column '{found.name}' contains control characters ({points}) in {rows_in(list(found.index))}.",
        advice,
        is_serious=len(found) > SERIOUS_SHARE * rows,
    )


def _mojibake_concern(column: str, lines: list[int], rows: int, encoding: str) -> Concern:
    if without_mark(encoding) == "utf-8-sig":
        advice = "Save the file again from its source, because the characters were broken before it was written."
    else:
        advice = f"The file is probably UTF-8, not {encoding}: leave out the option encoding=."
    return Concern(
        ConcernKind.UNUSUAL_TEXT,
        f"The column '{column}' contains UTF-8 that was read in another encoding, such as 'Ã©' for 'é', in "
        f"{rows_in(lines)}.",
        advice,
        is_serious=len(lines) > SERIOUS_SHARE * rows,
    )
