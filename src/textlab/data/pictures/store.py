"""The store of pictures that are no files of their own: each under the sha256 of its content, written once."""

from pathlib import Path

from textlab import paths
from textlab.inputs.png_chunks import SIGNATURE

FOLDER = paths.ROOT / "data" / "processed" / "pictures"


def path_of(digest: str, ending: str = ".png") -> Path:
    """Return where a picture belongs: "ab/ab12....png"."""
    return FOLDER / digest[:2] / f"{digest}{ending}"


def store(content: bytes, digest: str) -> Path:
    """Write a picture unless it is there, and return its path.

    Args:
        content: a PNG or JPEG picture.
        digest: its sha256.
    """
    path = path_of(digest, ".png" if content.startswith(SIGNATURE) else ".jpg")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with paths.replacing(path) as partial:
            partial.write_bytes(content)
    return path
