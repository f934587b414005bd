"""The WSGI environment of a request."""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes, urlsplit

from api.server.refusals import HEAD_TOO_LARGE, HOST, MALFORMED, METHOD, VERSION

MAX_FIELDS = 50
MAX_FIELD_BYTES = 8_190
VERSIONS = {"1.1": "HTTP/1.1", "1.0": "HTTP/1.0"}
WITHOUT_PREFIX = {"CONTENT_TYPE", "CONTENT_LENGTH"}
# A name, an IPv4 address or an IPv6 address in brackets, with or without a port; or nothing (RFC 9112, section 3.2).
VALID_HOST = re.compile(r"(?:[\w.~!$&'()*+,;=%-]*|\[[\w.:%]+\])(?::[0-9]*)?", re.ASCII)
ONCE = {"HTTP_HOST": HOST, "CONTENT_TYPE": MALFORMED, "HTTP_TRANSFER_ENCODING": MALFORMED}

Environ = dict[str, object]
Field = tuple[bytes, bytes]


def environ_of(base: Environ, method: bytes, target: bytes, version: str, fields: list[Field]) -> Environ:
    """The environment of a request, as WSGI (PEP 3333) defines it, without the body.

    Args:
        base: what all requests of the connection share.
        method, target, version: of the request line. `version` is "1.1", for example.
        fields: names and values of the headers. Names with an underscore are dropped, because the environment could
            not tell them from names with a hyphen.

    Raises:
        Refusal: a version, a method or a number of headers that the service does not accept; no Host, two, or one that
            is not a host.
    """
    protocol = VERSIONS.get(version)
    if protocol is None:
        raise VERSION
    if method == b"CONNECT":
        raise METHOD
    environ = base.copy()
    for name, value in fields:
        if len(name) + len(value) > MAX_FIELD_BYTES:
            raise HEAD_TOO_LARGE
        variable = variable_of(name)
        if variable in environ:
            if variable in ONCE:
                raise ONCE[variable]
            environ[variable] = f"{environ[variable]},{_text(value)}"
        elif variable is not None:
            environ[variable] = _text(value)
    if "HTTP_HOST" not in environ and version == "1.1":
        raise HOST
    raw = target.decode("latin-1")
    environ["REQUEST_METHOD"] = method.decode("ascii")
    environ["SERVER_PROTOCOL"] = protocol
    environ["RAW_URI"] = raw
    if not raw.startswith("/"):
        raw = _without_authority(raw, environ)
    if not VALID_HOST.fullmatch(str(environ.get("HTTP_HOST", ""))):
        raise HOST
    path, _, query = raw.partition("#")[0].partition("?")
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1") if "%" in path else path
    environ["QUERY_STRING"] = query
    return environ


@lru_cache(maxsize=512)
def variable_of(name: bytes) -> str | None:
    """The variable for a header, or None for a header that is dropped."""
    if b"_" in name:
        return None
    variable = name.decode("ascii").upper().replace("-", "_")
    return variable if variable in WITHOUT_PREFIX else f"HTTP_{variable}"


def _text(value: bytes) -> str:
    return value.decode("latin-1").rstrip(" \t")


def _without_authority(target: str, environ: Environ) -> str:
    """Path and query of a target with an authority, which replaces the Host header (RFC 9112, section 3.2.2)."""
    if target == "*":
        return target
    try:
        split = urlsplit(target)
    except ValueError:
        raise MALFORMED from None
    if split.scheme not in ("http", "https") or not split.netloc:
        raise MALFORMED
    environ["HTTP_HOST"] = split.netloc.rpartition("@")[2]
    return (split.path or "/") + (f"?{split.query}" if split.query else "")
