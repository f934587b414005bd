"""A request's body becomes what was asked, or the problem that says why not."""

import json
import math
from typing import Any, NoReturn

from flask import Request, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from api.context import the
from api.problems import Problem
from api.settings import Settings

TOO_LONG_TO_SAY = 40


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity, which Python's reader takes and JSON does not know


DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def json_object() -> dict[str, Any]:
    """The request's body as a JSON object.

    Raises:
        Problem: 415 for another type or a compressed body, 413 for one too large, 400 for what is no JSON object.
    """
    asked = the(request)
    if asked.mimetype != "application/json":
        raise Problem(
            415,
            f"A body of the type {_short(asked.mimetype) or 'unknown'}.",
            "application/json.",
            "Send JSON with the header Content-Type: application/json.",
        )
    if (asked.content_encoding or "identity").lower() != "identity":
        raise Problem(
            415,
            "A compressed body.",
            "A plain one.",
            "Send it without Content-Encoding.",
            {"Accept-Encoding": "identity"},
        )
    try:
        document = DECODER.decode(_body(asked).decode("utf-8"))
    except UnicodeDecodeError:
        raise Problem(400, "Bytes that are no UTF-8.", "JSON in UTF-8.", "Encode the body as UTF-8.") from None
    except RecursionError:
        raise Problem(
            400, "JSON that is nested too deeply.", "One object.", "Send what /openapi.json states."
        ) from None
    except ValueError:
        raise Problem(400, "A body that is no JSON.", "One JSON object.", "Send what /openapi.json states.") from None
    if not isinstance(document, dict):
        raise Problem(400, f"JSON that is {_kind(document)}.", "An object.", "Send what /openapi.json states.")
    return document


def _body(asked: Request) -> bytes:
    length, limit = asked.content_length, asked.max_content_length or math.inf
    if length is None:
        content = asked.get_data(cache=False)
        if len(content) >= limit:
            raise RequestEntityTooLarge  # Werkzeug cuts a body in chunks off at the limit, and says nothing
        return content
    if length > limit:
        raise RequestEntityTooLarge
    # Werkzeug would look for more than has been announced, by 64 kilobytes at a time.
    try:
        content = asked.environ["wsgi.input"].read(length)
    except OSError:
        raise ClientDisconnected from None
    if len(content) < length:
        raise ClientDisconnected
    return content


def texts_of(document: dict[str, Any], settings: Settings) -> list[str]:
    """The texts of {"text": ...} or {"texts": [...]}.

    Raises:
        Problem: 422 where neither or more is there, or a text cannot be classified.
    """
    if document.keys() == {"text"}:
        return [checked_text(document["text"], "text", settings)]
    if document.keys() != {"texts"}:
        keys = ", ".join(_short(key) for key in sorted(document)[:5]) or "no field"
        raise unprocessable(
            f"An object with {keys}.", 'Either "text" or "texts", and nothing else.', "Send one of both."
        )
    texts = document["texts"]
    if not isinstance(texts, list):
        raise unprocessable(f'"texts" is {_kind(texts)}.', "A list of strings.", 'For one string use "text".')
    if not 1 <= len(texts) <= settings.max_texts:
        raise unprocessable(
            f"A list of {len(texts)} texts.", f"1 to {settings.max_texts} texts.", "Split them over several requests."
        )
    return [checked_text(text, f"texts[{position}]", settings) for position, text in enumerate(texts)]


def checked_text(text: Any, name: str, settings: Settings) -> str:
    """`text`, if it can be classified: a string of 1 to max_characters, not blank, without NUL or lone surrogates."""
    if not isinstance(text, str):
        raise unprocessable(f'"{name}" is {_kind(text)}.', "A string.", "Send the text itself.")
    if len(text) > settings.max_characters:
        expected = f"At most {settings.max_characters}."
        raise unprocessable(f'"{name}" has {len(text)} characters.', expected, "Shorten or split it.")
    if not text.strip():
        raise unprocessable(f'"{name}" is empty or blank.', "A text.", "Leave it out.")
    if "\x00" in text:
        raise unprocessable(f'"{name}" holds the character NUL.', "A text without it.", "Remove it.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise unprocessable(
            f'"{name}" holds half of a surrogate pair.', "Characters of Unicode.", "Write both halves or the character."
        ) from None
    return text


def unprocessable(came: str, expected: str, action: str) -> Problem:
    """The problem of a well-formed document with a value that cannot be."""
    return Problem(422, came, expected, action)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _short(name: str) -> str:
    return name if len(name) <= TOO_LONG_TO_SAY and name.isprintable() else "a name of another kind"
