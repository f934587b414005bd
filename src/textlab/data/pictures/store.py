"""The store of pictures that are no files of their own: each under the sha256 of its content, written once."""

from pathlib import Path

from textlab import paths
from textlab.inputs.png_chunks import SIGNATURE

FOLDER = paths.ROOT / "data" / "processed" / "pictures"


def path_of(name: str) -> Path:
    """Return where the picture with a name, such as "ab12....png", belongs: in the folder "ab"."""
    return FOLDER / name[:2] / name


def store(content: bytes, digest: str) -> Path:
    """Write a picture unless it is there, and return its path.

    Args:
        content: a PNG or JPEG picture.
        digest: its sha256.
    """
    path = path_of(f"{digest}{'.png' if content.startswith(SIGNATURE) else '.jpg'}")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with paths.replacing(path) as partial:
            partial.write_bytes(content)
    return path
