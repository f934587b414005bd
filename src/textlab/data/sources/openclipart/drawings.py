"""The files of openclipart: the list of drawings, and the drawings. Neither can be downloaded."""

import hashlib
from collections.abc import Sequence

from textlab import paths
from textlab.data.reading import files
from textlab.inputs.references import file_reference
from textlab.wording import shortlist

ARTICLES = files.RemoteFile(
    path="openclipart/articles.csv",
    url="",
    checksums=("d29d2670e48914b0ba2f10ff5a65d08adb01adc3e49f1877e348252ea076ebf2",),
    by_hand="The list was cut from Debian's packages openclipart-svg and openclipart-png; data/README.md describes it. "
    "To use a list of your own with the columns text, label, group and split, load it as "
    "file:articles.csv?group=group.",
)
# The sha256 of one line a picture, "images/50f70d3f6e18.jpg <sha256>", in the order of their names.
PICTURES_CHECKSUM = "17b50e5c34f4a4150ef13dbb8ada3b538640e0c66d70ed104be58368e95f346a"
BY_HAND = (
    "Copy them from a machine that has them, into the folder that holds articles.csv, or load the titles alone as "
    "openclipart?pictures=false. data/README.md says how they were made."
)


def obtain_pictures(names: Sequence[str]) -> list[str]:
    """Return the references to the pictures, which stand beside the list.

    Args:
        names: their paths below the folder of the list, such as "images/50f70d3f6e18.jpg".

    Raises:
        FileNotFoundError: a picture is missing.
        ValueError: a picture is not the published one.
    """
    folder = files.obtain(ARTICLES).parent
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"{folder} lacks {len(missing):,} of {len(names):,} pictures: {shortlist(missing)}. {BY_HAND}"
        )
    references = [file_reference(paths.shown(folder / name), (folder / name).read_bytes()) for name in names]
    found = checksum(names, references)
    if found != PICTURES_CHECKSUM:
        raise ValueError(
            f"The pictures in {folder} are not the published ones: their names and contents have the checksum {found}; "
            f"expected {PICTURES_CHECKSUM}. {BY_HAND}"
        )
    return references


def checksum(names: Sequence[str], references: Sequence[str]) -> str:
    """Return one checksum of all pictures, see `PICTURES_CHECKSUM`."""
    lines = sorted(f"{name} {reference[-64:]}\n" for name, reference in zip(names, references, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
