"""The files of Swagger UI, compressed once for all browsers."""

import functools
import gzip
import hashlib
import threading
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

TYPES = {"swagger-ui-bundle.js": "text/javascript; charset=utf-8", "swagger-ui.css": "text/css; charset=utf-8"}

_alone = threading.Lock()


class Compressed(NamedTuple):
    """A compressed file.

    Attributes:
        content: its bytes, in gzip's format.
        etag: identifies this content.
    """

    content: bytes
    etag: str


def folder() -> Path:
    """The folder of the files."""
    return Path(str(files("flask_swagger_ui") / "dist"))


def compressed(name: str) -> Compressed:
    """The file of this name, compressed. The first call takes about 0.1 seconds, so run it in a thread."""
    with _alone:  # requests that arrive together compress it once
        return _compressed(name)


@functools.cache
def _compressed(name: str) -> Compressed:
    content = gzip.compress((folder() / name).read_bytes(), mtime=0)
    return Compressed(content, hashlib.sha256(content).hexdigest()[:32])
