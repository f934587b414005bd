"""Undo what collecting, storing and re-encoding tweets has left in their texts: escapes, entities, broken UTF-8."""

import html
import re

_UNICODE_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_QUOTE_ESCAPE = re.compile(r'\\"+')
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")
_HIGH_BYTES = re.compile(r"[\x80-\xff]{2,}")
_ROUNDS = 3  # the deepest nesting seen is "&amp;amp;lt;"


def decode(text: str) -> str:
    r"""Decode literal escapes and HTML entities: "it\u2019s R&amp;amp;D" becomes "it’s R&D".

    The escapes are \uXXXX (a pair of surrogates is one character), \n, \r, and \" with its doubled quotes. Entities
    are decoded until none is left, but only if they end in ";"; otherwise the "&copy" in the link "?a=1&copy=2" would
    change. Other backslashes stay, because people write \o/ and ¯\_(ツ)_/¯.
    """
    if "\\" in text:
        text = _UNICODE_ESCAPES.sub(_from_utf16, text)
        text = _QUOTE_ESCAPE.sub('"', text).replace("\\n", "\n").replace("\\r", "\n")
    for _ in range(_ROUNDS):
        decoded = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if decoded == text:
            break
        text = decoded
    return text


def _from_utf16(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("\\u", "")).decode("utf-16-be", errors="replace")


def repair_utf8(text: str) -> str:
    """Repair UTF-8 that was read as Latin-1: "â\x99«" becomes "♫". Other characters stay."""
    return _HIGH_BYTES.sub(_from_utf8, text)


def _from_utf8(match: re.Match[str]) -> str:
    try:
        return match[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
