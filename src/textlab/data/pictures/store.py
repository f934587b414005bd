"""The store of pictures that are no files of their own: each under the sha256 of its content, written once."""

import hashlib
from pathlib import Path

from textlab import paths
from textlab.inputs.png_chunks import SIGNATURE

FOLDER = paths.ROOT / "data" / "processed" / "pictures"


def stored_path(digest: str, content: bytes) -> Path:
    """Return where a picture belongs: "ab/ab12....png", or ".jpg"."""
    return FOLDER / digest[:2] / f"{digest}{'.png' if content.startswith(SIGNATURE) else '.jpg'}"


def store(content: bytes) -> Path:
    """Write a picture unless it is there, and return its path."""
    path = stored_path(hashlib.sha256(content).hexdigest(), content)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with paths.replacing(path) as partial:
            partial.write_bytes(content)
    return path
