"""The bodies of forms (multipart/form-data, RFC 7578): one example, whose pictures come as files.

Nothing is written to the disk. The names of files and the types of parts decide nothing, because anyone can choose
them. Only what browsers, curl and HTTP libraries write is read, so that no two readers see different parts.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from api.problems import Problem

BOUNDARY = re.compile(r"[\w'()+,./:=?-]{1,70}", re.ASCII)  # RFC 2046, section 5.1.1, without blanks
HEAD_BYTES = 8_192  # limit for the headers of one part
DISPOSITION = re.compile(
    rb'content-disposition:[ \t]*form-data((?:;[ \t]*[\w*-]+=(?:"(?:[^"\\]|\\.)*"|[^\s";]+))+)', re.I
)
PARAMETER = re.compile(rb';[ \t]*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))')
ACTION = "Let curl -F or your HTTP library write the form."


class FilePart(NamedTuple):
    """The content of a part that came as a file."""

    content: bytes


FormValue = str | FilePart


def form_fields(body: bytes, boundary: str, most_parts: int) -> dict[str, FormValue]:
    """The fields of a form by name.

    Args:
        body: the body.
        boundary: the boundary between its parts, from the type of the body.
        most_parts: maximum number of parts.

    Raises:
        Problem: 400 for a body that is no form, 422 for two parts with one name, or too many parts.
    """
    if not BOUNDARY.fullmatch(boundary):
        raise Problem(400, "The type of the body has no valid boundary.", ACTION)
    fields: dict[str, FormValue] = {}
    for count, (head, content) in enumerate(_parts(body, b"--" + boundary.encode())):
        if count == most_parts:
            raise Problem(422, f"The form has more than {most_parts} parts.", "Send one example, and nothing else.")
        name, is_file = _disposition(head)
        if name in fields:
            raise Problem(422, f'"{_short(name)}" came twice.', "Send one example, with one value for each field.")
        fields[name] = FilePart(content) if is_file else _text(name, content)
    return fields


def _parts(body: bytes, delimiter: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Head and content of each part."""
    at, line = (2 if body.startswith(b"\r\n") else 0), b"\r\n" + delimiter
    if not body.startswith(delimiter, at):
        raise _incomplete()
    at += len(delimiter)
    while not body.startswith(b"--", at):
        if not body.startswith(b"\r\n", at):
            raise _incomplete()
        head_end = body.find(b"\r\n\r\n", at, at + HEAD_BYTES)
        end = body.find(line, head_end + 2) if head_end >= 0 else -1  # some write no line for an empty content
        if end < 0:
            raise _incomplete()
        yield body[at:head_end], body[head_end + 4 : end]
        at = end + len(line)


def _disposition(head: bytes) -> tuple[str, bool]:
    """The name of a part, and whether it is a file."""
    found = [match for line in head.split(b"\r\n") if (match := DISPOSITION.fullmatch(line.rstrip()))]
    parameters = {
        key.lower(): quoted or plain for key, quoted, plain in PARAMETER.findall(found[0][1] if found else b"")
    }
    try:
        return parameters[b"name"].decode(), b"filename" in parameters or b"filename*" in parameters
    except (KeyError, UnicodeDecodeError):
        raise _incomplete() from None


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Problem(422, f'"{_short(name)}" is not valid UTF-8.', "Send the text encoded as UTF-8.") from None


def _incomplete() -> Problem:
    return Problem(400, "The body is not a complete form.", ACTION)


def _short(name: str) -> str:
    return name if len(name) <= 40 and name.isprintable() else "(not shown)"
