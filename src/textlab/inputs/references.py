"""References to pictures: strings that stand for pictures in a frame of examples.

data/incoming/shop/12.jpg#sha256=9f86d081...   a file and the sha256 of its content
data/snapshot/9f86d081.sealed#sha256=9f86...   a sealed file and the sha256 of the picture in it
data:image/png;base64,iVBORw0KGgo...           the picture itself, a data URL (RFC 2397)
""                                             no picture
"""

import base64
import binascii
import hashlib
from pathlib import Path

MARK = "#sha256="
INLINE = "data:image/"
BASE64 = ";base64,"
SEALED = ".sealed"


def file_reference(path: str, content: bytes) -> str:
    """Return the reference to a file.

    Args:
        path: the file, relative to the checkout or absolute, as `textlab.paths.shown` returns it.
        content: its content.
    """
    return reference_to(path, hashlib.sha256(content).hexdigest())


def reference_to(path: str, digest: str) -> str:
    """Return the reference to a file of which the sha256 of the picture is known, in hexadecimal digits."""
    return f"{path}{MARK}{digest}"


def moved_reference(reference: str, path: str) -> str:
    """Return the reference to a copy of a picture; "" if there is none.

    Args:
        reference: the reference to the picture.
        path: the file of the copy, in the clear, or sealed if its name ends in SEALED.
    """
    return reference_to(path, digest_of(reference)) if reference else ""


def seal_context(digest: str) -> bytes:
    """Return the context of a sealed picture, see `Keys.seal_value`.

    Args:
        digest: the sha256 of its content.
    """
    return f"picture {digest}".encode()


def inline_reference(content: bytes) -> str:
    """Return a PNG or JPEG picture as a data URL."""
    subtype = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return f"{INLINE}{subtype}{BASE64}{base64.b64encode(content).decode()}"


def digest_of(reference: str) -> str:
    """Return the sha256 of the picture, in hexadecimal digits; "" if there is none.

    Raises:
        ValueError: the string is no reference.
    """
    if not reference:
        return ""
    if reference.startswith(INLINE):
        return hashlib.sha256(read_inline(reference)).hexdigest()
    return _parts(reference)[1]


def path_of(reference: str) -> str:
    """Return the path of the picture's file; "" if it has none.

    Raises:
        ValueError: the string is no reference.
    """
    return "" if not reference or reference.startswith(INLINE) else _parts(reference)[0]


def read_inline(reference: str) -> bytes:
    """Return the content of a data URL.

    Raises:
        ValueError: it is no picture in base64.
    """
    head, _, content = reference.partition(BASE64)
    try:
        if head.startswith(INLINE):
            return base64.b64decode(content, validate=True)
    except binascii.Error:
        pass
    raise ValueError(f"A picture was given as {reference[:20]!r}. Write it as data:image/png;base64,... or image/jpeg.")


def read(reference: str) -> bytes:
    """Return the content of a picture; b"" if there is none.

    Raises:
        ValueError: the string is no reference, or the file is missing or was changed, or its key is missing.
    """
    if not reference:
        return b""
    if reference.startswith(INLINE):
        return read_inline(reference)
    from textlab.paths import ROOT  # only frames in a checkout hold references to files

    path, digest = _parts(reference)
    try:
        content = (ROOT / Path(path)).read_bytes()
    except OSError:
        raise ValueError(f"The picture {path} is not there any more. Put it back, or load the dataset again.") from None
    is_expected = hashlib.sha256(content).hexdigest() == digest
    if path.endswith(SEALED) and not is_expected:  # someone's own picture may have such a name
        content = _opened(path, content, digest)
        is_expected = hashlib.sha256(content).hexdigest() == digest
    if not is_expected:
        raise ValueError(f"The picture {path} has changed since the dataset was loaded. Load the dataset again.")
    return content


def _opened(path: str, content: bytes, digest: str) -> bytes:
    """Return the content of a sealed file. SealError is a ValueError, so no caller needs to know of it."""
    from textlab.sealing import Keys, SealError

    keys = Keys.from_environment()
    if keys is None:
        raise SealError(f"{path} is sealed. Set TEXTLAB_SEAL_KEYS to its key.")
    return keys.open_value(content, seal_context(digest))


def _parts(reference: str) -> tuple[str, str]:
    path, mark, digest = reference.rpartition(MARK)
    if not mark or not path:
        raise ValueError(f"{reference[:60]!r} is no reference to a picture. Load pictures with textlab.data.load.")
    return path, digest
