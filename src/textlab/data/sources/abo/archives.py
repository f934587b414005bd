"""The archives of Amazon Berkeley Objects, and the main pictures of chosen articles, taken out of theirs once."""

import csv
import hashlib
import io
import logging
import re
from collections.abc import Sequence
from pathlib import Path

from tqdm.auto import tqdm

from textlab import paths
from textlab.data.reading import files
from textlab.data.reading.archives import members, unzipped
from textlab.inputs.pictures import PictureError, checked
from textlab.inputs.references import file_reference

logger = logging.getLogger(__name__)

URL = "https://amazon-berkeley-objects.s3.amazonaws.com/archives/"
LISTINGS = files.RemoteFile(path="abo/abo-listings.tar", url=f"{URL}abo-listings.tar", checksums=())
PICTURES = files.RemoteFile(path="abo/abo-images-small.tar", url=f"{URL}abo-images-small.tar", checksums=())

INDEX = "images/metadata/images.csv.gz"  # a line a picture: image_id, height, width, path
FOLDER = "images/small/"
PATH = re.compile(r"[0-9a-f]{2}/[0-9a-f]+\.(jpg|png)")
LARGEST_INDEX, LARGEST_PICTURE = 200_000_000, 5_000_000  # bytes


def pictures(archive: Path, image_ids: Sequence[str], version: str) -> list[str]:
    """Return references to pictures, which are written to data/processed/abo; "" for those that the archive lacks.

    Args:
        archive: the archive of pictures.
        image_ids: their ids; "" for none.
        version: the version of the dataset.
    """
    from filelock import FileLock

    asked = hashlib.sha256("\n".join(sorted(image_ids)).encode()).hexdigest()[:12]
    folder = paths.ROOT / "data" / "processed" / "abo" / f"{version}-{asked}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if not folder.is_dir():
            paths.remove_partial(folder)
            with paths.replacing_folder(folder) as partial:
                _extract(archive, {each for each in image_ids if each}, partial)
    found = {path.name: path for path in folder.iterdir()}
    return [_reference(found, each) for each in image_ids]


def _reference(found: dict[str, Path], image_id: str) -> str:
    path = found.get(_file_name(image_id)) if image_id else None
    return file_reference(paths.shown(path), path.read_bytes()) if path else ""


def _file_name(image_id: str) -> str:
    """Return a name that is safe and that letters of another case cannot make equal: ids come from the archive."""
    return hashlib.sha256(image_id.encode()).hexdigest()[:24]


def _extract(archive: Path, wanted: set[str], folder: Path) -> None:
    """Check the wanted pictures of the archive, and write them into a folder."""
    by_member = _members_of(archive, wanted)
    with tqdm(total=len(by_member), desc="abo", unit="picture", leave=False) as bar:
        for name, content in members(archive, by_member.__contains__, LARGEST_PICTURE):
            path = folder / _file_name(by_member.pop(name))
            try:
                path.write_bytes(checked(content).content)
                bar.update()
            except PictureError as error:
                logger.warning("abo: %s is left out. %s", name, error)
            if not by_member:
                break
    if by_member or len(wanted) > bar.n:
        logger.warning(
            "abo: the archive lacks %d of %d pictures; these articles have none.", len(wanted) - bar.n, len(wanted)
        )


def _members_of(archive: Path, wanted: set[str]) -> dict[str, str]:
    """Return the id of each wanted picture by the name of its member.

    Raises:
        ValueError: the archive holds no list of its pictures, or the list names a path of another form.
    """
    index = next(members(archive, INDEX.__eq__, LARGEST_INDEX), None)
    if index is None:
        raise ValueError(f"{archive} has no {INDEX}. Remove it to download it again.")
    text = unzipped(index[1], f"{archive}: {INDEX}", LARGEST_INDEX).decode()
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        if row.get("image_id") in wanted:
            if not PATH.fullmatch(row.get("path") or ""):
                raise ValueError(f"{archive}: {INDEX} names the path {row.get('path')!r}. Do not use this archive.")
            found[FOLDER + row["path"]] = row["image_id"]
    return found
