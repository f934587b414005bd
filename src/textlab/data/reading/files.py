"""Find, download and verify published files, in the mirror or in data/raw. No file is used unverified."""

import hashlib
import itertools
import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path

from textlab import paths
from textlab.data.reading.download import download
from textlab.sealing import Keys, is_sealed, read_lines

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RemoteFile:
    """A published file.

    Attributes:
        path: its path in data/raw and in the mirror, such as "airline/Tweets.csv".
        url: its address; "" if it cannot be downloaded.
        checksums: the sha256 of every accepted edition; () if none is known. Then the first sha256 that is seen is
            recorded in data/raw, beside the file's place there, and later contents are compared with it.
        member: its name in the zip archive at `url`; "" if `url` is the file itself.
        by_hand: a sentence on how to get it if the download fails.
    """

    path: str
    url: str
    checksums: tuple[str, ...]
    member: str = ""
    by_hand: str = ""


def find(path: str) -> Path | None:
    """Return the path of a file in the mirror if there is one, else in data/raw; None if it is missing."""
    location = (paths.mirror() or paths.RAW_DATA) / path
    return location if location.is_file() else None


def locate(name: str) -> Path:
    """Return the path of a user's file or folder. A relative path is looked up in the working directory first.

    A notebook runs in a folder of its own, so a relative path in a grid is meant from the checkout.
    """
    path = Path(name).expanduser()
    return path if path.is_absolute() or path.exists() else paths.ROOT / path


def was_set_aside(path: str) -> bool:
    """Return whether a file in data/raw had the wrong content and was renamed to end in ".bad"."""
    return paths.mirror() is None and _first_aside(paths.RAW_DATA / path).exists()


def _first_aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.bad")


def checksum(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal. Of a sealed file, it is the sha256 of the texts that it holds.

    Raises:
        SealError: the file is sealed and was changed, or its key is missing or another one. The message names the line.
    """
    if is_sealed(path):
        hasher = hashlib.sha256()
        for line in read_lines(path, None, Keys.from_environment()):
            hasher.update(line + b"\n")
        return hasher.hexdigest()
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def obtain(remote: RemoteFile) -> Path:
    """Return a verified file: from the mirror if `TEXTLAB_MIRROR` is set, else from data/raw, else downloaded.

    Raises:
        FileNotFoundError: the mirror lacks the file, or it is missing and cannot be downloaded.
        ConnectionError: the download failed.
        ValueError: the checksum is unknown. In data/raw, the file has been renamed to end in ".bad".
    """
    mirror = paths.mirror()
    path = (mirror or paths.RAW_DATA) / remote.path
    if path.is_file():
        _verify(path, remote, path if mirror is None else None)
    elif mirror is not None:
        remedy = ", or unset TEXTLAB_MIRROR to download it." if remote.url else f". {remote.by_hand}".rstrip()
        raise FileNotFoundError(f"TEXTLAB_MIRROR is {mirror}, which has no {remote.path}. Put the file there{remedy}")
    elif not remote.url:
        aside = f" {_first_aside(path).name} beside it had the wrong content." if was_set_aside(remote.path) else ""
        raise FileNotFoundError(
            f"There is no file {path}, and it cannot be downloaded.{aside} {remote.by_hand}".rstrip()
        )
    else:
        _download(remote, path)
    return path


def _verify(path: Path, remote: RemoteFile, final: Path | None) -> None:
    """Compare checksums. A wrong file is renamed to `final` plus ".bad", or stays where it is if `final` is None."""
    digest = checksum(path)
    accepted = remote.checksums or recorded_checksum(remote)
    if not accepted:
        _record(remote, digest)
    if not accepted or digest in accepted:
        return
    problem = f"{final or path} has sha256 {digest}; expected {' or '.join(accepted)}."
    if not remote.checksums:
        problem += f" That was recorded when the file was first used, in {_record_path(remote)}."
    if final is None:
        raise ValueError(f"{problem} Replace it in the mirror.")
    remedy = "Run again to download it" if remote.url else "Put the right file in its place"
    raise ValueError(f"{problem} It was moved to {_set_aside(path, final)}. {remedy}.")


def recorded_checksum(remote: RemoteFile) -> tuple[str, ...]:
    """Return the sha256 that was recorded when a file without known checksums was first used; () before that."""
    path = _record_path(remote)
    return (path.read_text(encoding="ascii").split()[0],) if path.is_file() else ()


def _record_path(remote: RemoteFile) -> Path:
    """Return the file of the recorded sha256, which `sha256sum --check` understands."""
    path = paths.RAW_DATA / remote.path
    return path.with_name(f"{path.name}.sha256")


def _record(remote: RemoteFile, digest: str) -> None:
    path = _record_path(remote)
    path.parent.mkdir(parents=True, exist_ok=True)
    with paths.replacing(path) as partial:
        partial.write_text(f"{digest}  {Path(remote.path).name}\n", encoding="ascii")
    logger.warning(
        "No checksum of %s is known. Its sha256 is %s; it was recorded in %s and is compared from now on. Compare it "
        "with that of somebody else who has the file.",
        remote.path,
        digest,
        path,
    )


def _set_aside(path: Path, final: Path) -> Path:
    for number in itertools.count(1):
        aside = _first_aside(final) if number == 1 else final.with_name(f"{final.name}.{number}.bad")
        try:
            aside.touch(exist_ok=False)  # reserves the name against other processes
        except FileExistsError:
            continue
        return path.replace(aside)
    raise AssertionError("unreachable")


def _download(remote: RemoteFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with paths.replacing(path) as partial:
            download(remote.url, partial, title=path.name)
            if remote.member:
                with paths.replacing(partial) as unpacked:
                    _unpack(remote, partial, unpacked)
            _verify(partial, remote, path)
    except ConnectionError as error:
        raise ConnectionError(
            f"{error} Check the network, or set TEXTLAB_MIRROR to a folder that holds {remote.path}. "
            f"{remote.by_hand}".rstrip()
        ) from None
    logger.info("Downloaded %s (%d bytes) to %s.", remote.url, path.stat().st_size, path)


def _unpack(remote: RemoteFile, archive: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as opened:
            target.write_bytes(opened.read(remote.member))
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(
            f"{remote.url} is not a zip archive with {remote.member} in it. {remote.by_hand}".rstrip()
        ) from error
