"""The files of the pages, in memory: read, or compressed, once for all browsers.

An open file for each download would let slow clients use up the files that the process may open.
"""

import functools
import gzip
import hashlib
import threading
from pathlib import Path
from typing import NamedTuple

TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}

_alone = threading.Lock()


class File(NamedTuple):
    """A file, as it is sent.

    Attributes:
        content: its bytes.
        mimetype: their type, before any compression.
        etag: identifies this content.
    """

    content: bytes
    mimetype: str
    etag: str


@functools.cache
def plain(path: Path) -> File:
    """The file as it is."""
    return _file(path, path.read_bytes())


def compressed(path: Path) -> File:
    """The file in gzip's format. The first call takes about 0.1 seconds, so run it in a thread."""
    with _alone:  # requests that arrive together compress it once
        return _compressed(path)


@functools.cache
def _compressed(path: Path) -> File:
    return _file(path, gzip.compress(path.read_bytes(), mtime=0))


def _file(path: Path, content: bytes) -> File:
    return File(content, TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:32])
