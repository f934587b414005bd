"""The bodies of requests: reading JSON, and checking the texts in it."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from api.context import current
from api.problems import Problem
from api.settings import Settings

LONGEST_QUOTED_NAME = 40
ONE_OBJECT = "Send one JSON object that follows /openapi.json."


def refuse_constant(name: str) -> NoReturn:
    """Refuse a number that JSON does not have."""
    raise ValueError(name)  # Python's reader accepts NaN and Infinity; JSON does not have them


DECODER = json.JSONDecoder(parse_constant=refuse_constant)


def json_object() -> dict[str, Any]:
    """The request's body as a JSON object.

    Raises:
        Problem: 415 for another type or a compressed body, 413 for a body above the limit, 400 for anything but a JSON
            object.
    """
    request = current().request
    if request.mimetype != "application/json":
        raise wrong_type(request, "Send JSON with the header Content-Type: application/json.")
    return parsed_object(body_of(request))


def wrong_type(request: Request, action: str) -> Problem:
    """The problem with the type of a body."""
    came = f"The body has the type {_short(request.mimetype)}." if request.mimetype else "The body has no type."
    return Problem(415, came, action)


def parsed_object(body: bytes, decoder: json.JSONDecoder = DECODER) -> dict[str, Any]:
    """The JSON object in a body.

    Args:
        body: the body.
        decoder: refuses what is not JSON.

    Raises:
        Problem: 400 for anything else.
    """
    try:
        document = decoder.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Problem(400, "The body is not valid UTF-8.", "Send JSON encoded as UTF-8.") from None
    except RecursionError:
        raise Problem(400, "The JSON is nested too deeply.", ONE_OBJECT) from None
    except ValueError:
        raise Problem(400, "The body is not valid JSON.", ONE_OBJECT) from None
    if not isinstance(document, dict):
        raise Problem(400, f"The JSON is {kind_of_value(document)}, not an object.", ONE_OBJECT)
    return document


def body_of(request: Request) -> bytes:
    """The body of a request.

    Raises:
        Problem: 415 for a compressed body.
        RequestEntityTooLarge: it is above the limit.
    """
    if (request.content_encoding or "identity").lower() != "identity":
        raise Problem(
            415,
            "The body has a Content-Encoding.",
            "Send the body uncompressed, without this header.",
            {"Accept-Encoding": "identity"},
        )
    length, limit = request.content_length, request.max_content_length or math.inf
    if length is None:
        content = request.get_data(cache=False)
        if len(content) >= limit:
            raise RequestEntityTooLarge  # Werkzeug silently truncates a chunked body at the limit
        return content
    if length > limit:
        raise RequestEntityTooLarge
    # Werkzeug would try to read more than was announced, 64 kilobytes at a time.
    try:
        content = request.environ["wsgi.input"].read(length)
    except OSError:
        raise ClientDisconnected from None
    if len(content) < length:
        raise ClientDisconnected
    return content


def texts_of(document: dict[str, Any], settings: Settings) -> list[str]:
    """The texts in {"text": ...} or {"texts": [...]}.

    Raises:
        Problem: 422 for any other fields, too many texts, or a text that cannot be classified.
    """
    if document.keys() == {"text"}:
        return [checked_text(document["text"], "text", settings)]
    if document.keys() != {"texts"}:
        raise unprocessable(fields_of(document), 'Send exactly one field, "text" or "texts".')
    return checked_texts(document["texts"], "texts", settings, 'Send a list of strings, or one "text".')


def checked_texts(texts: Any, name: str, settings: Settings, action: str = "Send a list of strings.") -> list[str]:
    """`texts`, if it is a list of 1 to max_texts texts.

    Args:
        texts: the value in the document.
        name: its name.
        settings: the settings of the service.
        action: what to do if it is no list.

    Raises:
        Problem: 422 for anything else.
    """
    if not isinstance(texts, list):
        raise unprocessable(f'"{name}" is {kind_of_value(texts)}, not a list.', action)
    if not 1 <= len(texts) <= settings.max_texts:
        raise unprocessable(f'"{name}" holds {len(texts)} texts.', f"Send 1 to {settings.max_texts} texts per request.")
    return [checked_text(text, f"{name}[{position}]", settings) for position, text in enumerate(texts)]


def checked_text(text: Any, name: str, settings: Settings) -> str:
    """`text`, if it can be classified.

    Raises:
        Problem: 422 for anything but a string of 1 to max_characters, for a blank text, NUL or a lone surrogate.
    """
    if not isinstance(text, str):
        raise unprocessable(f'"{name}" is {kind_of_value(text)}, not a string.', "Send the text as a JSON string.")
    if len(text) > settings.max_characters:
        action = f"Send at most {settings.max_characters} characters per text."
        raise unprocessable(f'"{name}" has {len(text)} characters.', action)
    if not text.strip():
        raise unprocessable(f'"{name}" is empty or blank.', "Send a text with at least one visible character.")
    if "\x00" in text:
        raise unprocessable(f'"{name}" contains the character NUL.', "Remove this character.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        action = "Send both halves of the pair, or the character itself."
        raise unprocessable(f'"{name}" contains half of a surrogate pair.', action) from None
    return text


def fields_of(document: Mapping[str, Any], holder: str = "The JSON object") -> str:
    """A sentence that names the first fields of a document, after the words for what holds them."""
    names = ", ".join(_short(name) for name in sorted(document)[:5])
    return f"{holder} has the fields {names}." if names else f"{holder} is empty."


def unprocessable(came: str, action: str) -> Problem:
    """The problem with a well-formed document that holds an invalid value."""
    return Problem(422, came, action)


def kind_of_value(value: Any) -> str:
    """The kind of a JSON value in words, such as "a list"."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_QUOTED_NAME and name.isprintable() else "(not shown)"
