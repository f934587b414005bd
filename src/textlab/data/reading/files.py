"""Published files on disk: found in the mirror or below data/raw, downloaded once, never used unverified."""

import hashlib
import itertools
import logging
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

from textlab import paths
from textlab.data.reading.download import download

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RemoteFile:
    """One published file.

    Attributes:
        path: where it lies below data/raw and below the mirror, e.g. "airline/Tweets.csv".
        url: where it is downloaded from; "" where it cannot be.
        checksums: the sha256 of every edition that may be used.
        member: the file's name within the zip that `url` gives; "" where `url` gives the file itself.
        by_hand: what a person can do where the download fails, as a sentence.
    """

    path: str
    url: str
    checksums: tuple[str, ...]
    member: str = ""
    by_hand: str = ""


def find(path: str) -> Path | None:
    """Where a file lies: in the mirror if there is one, else below data/raw; None where it is not there."""
    location = (paths.mirror() or paths.RAW_DATA) / path
    return location if location.is_file() else None


def was_set_aside(path: str) -> bool:
    """Whether a file below data/raw turned out to be wrong and was renamed to end in ".bad"."""
    return paths.mirror() is None and _first_aside(paths.RAW_DATA / path).exists()


def _first_aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.bad")


def checksum(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def obtain(remote: RemoteFile) -> Path:
    """The verified file: from the mirror where `TEXTLAB_MIRROR` is set, else from data/raw, else downloaded.

    Raises:
        FileNotFoundError: the mirror does not hold the file, or it is missing and nowhere to be downloaded from.
        ConnectionError: the download failed.
        ValueError: the content is none of the known editions. Below data/raw it has been moved aside.
    """
    mirror = paths.mirror()
    path = (mirror or paths.RAW_DATA) / remote.path
    if path.is_file():
        _verify(path, remote, path if mirror is None else None)
    elif mirror is not None:
        remedy = ", or unset TEXTLAB_MIRROR to download it." if remote.url else f". {remote.by_hand}".rstrip()
        raise FileNotFoundError(
            f"TEXTLAB_MIRROR is {mirror}, and it holds no {remote.path}. Put the file there{remedy}"
        )
    elif not remote.url:
        aside = f" {_first_aside(path).name} beside it was set aside as wrong." if was_set_aside(remote.path) else ""
        raise FileNotFoundError(
            f"There is no file {path}, and no address to download it from.{aside} {remote.by_hand}".rstrip()
        )
    else:
        _download(remote, path)
    return path


def _verify(path: Path, remote: RemoteFile, final: Path | None) -> None:
    """Compares checksums; a wrong file is moved aside next to `final`, or left alone where that is None."""
    found = checksum(path)
    if found in remote.checksums:
        return
    problem = f"{final or path} has sha256 {found}; expected {' or '.join(remote.checksums)}."
    if final is None:
        raise ValueError(f"{problem} It is not used; replace it in the mirror.")
    remedy = "run again to download it anew" if remote.url else "put the right file in its place"
    raise ValueError(f"{problem} It was moved to {_set_aside(path, final)}; {remedy}.")


def _set_aside(path: Path, final: Path) -> Path:
    for number in itertools.count(1):
        aside = _first_aside(final) if number == 1 else final.with_name(f"{final.name}.{number}.bad")
        try:
            aside.touch(exist_ok=False)  # claims the name, so that two processes never take the same one
        except FileExistsError:
            continue
        return path.replace(aside)
    raise AssertionError("unreachable")


def _download(remote: RemoteFile, path: Path) -> None:
    """Downloads under a name of its own, verifies, then renames: no other process ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    unpacked = part.with_suffix(".unpacked")
    try:
        download(remote.url, part, title=path.name)
        if remote.member:
            _unpack(remote, part, unpacked)
            unpacked.replace(part)
        _verify(part, remote, path)
        part.replace(path)
    except ConnectionError as error:
        raise ConnectionError(
            f"{error} Check the network, or set TEXTLAB_MIRROR to a folder that holds {remote.path}. "
            f"{remote.by_hand}".rstrip()
        ) from None
    finally:
        part.unlink(missing_ok=True)
        unpacked.unlink(missing_ok=True)
    logger.info("Downloaded %s (%d bytes) to %s.", remote.url, path.stat().st_size, path)


def _unpack(remote: RemoteFile, archive: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as opened:
            target.write_bytes(opened.read(remote.member))
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(
            f"{remote.url} gave no zip file with {remote.member} in it. {remote.by_hand}".rstrip()
        ) from error
