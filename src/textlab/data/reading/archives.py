"""Read single members of tar archives without unpacking the archive, so that no member can be written anywhere else.

A member's name only says which member it is: callers choose the place of what they write.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

CHUNK = 1 << 20  # bytes


def members(archive: Path, is_wanted: Callable[[str], bool], limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the members that are wanted, in the order of the archive.

    Args:
        archive: a tar file; compressed ones are refused, since they could unpack to any size.
        is_wanted: whether a member of this name is wanted.
        limit: largest member, in bytes.

    Raises:
        ValueError: the file is no tar file or ends too early, or a wanted member is a link or too large.
    """
    try:
        with tarfile.open(archive, "r:") as opened:
            for member in opened:
                if is_wanted(member.name):
                    yield member.name, _content(archive, opened, member, limit)
                opened.members = []  # type: ignore[attr-defined]  # tarfile remembers each member that it has passed
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(f"{archive} is not a complete tar file ({error}). Remove it to download it again.") from error


def _content(archive: Path, opened: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    if not member.isreg():
        raise ValueError(f"{archive}: '{member.name}' is not a regular file. Do not use this archive.")
    if member.size > limit or member.sparse is not None:
        raise ValueError(
            f"{archive}: '{member.name}' has {member.size:,} bytes, and at most {limit:,} are read. Do not use this "
            "archive."
        )
    stored: IO[bytes] | None = opened.extractfile(member)
    content = stored.read(limit + 1) if stored else b""
    if len(content) != member.size:
        raise ValueError(f"{archive} ends within '{member.name}'. Remove it to download it again.")
    return content


def unzipped(content: bytes, name: str, limit: int) -> bytes:
    """Return the content of a gzip file.

    Args:
        content: the file.
        name: its name, for messages.
        limit: largest size after unpacking, in bytes; no more is unpacked.

    Raises:
        ValueError: it is not a complete gzip file, or it unpacks to more than the limit.
    """
    unpacked = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            while chunk := stream.read(CHUNK):
                unpacked += chunk
                if len(unpacked) > limit:
                    raise ValueError(f"{name} unpacks to more than {limit:,} bytes. Do not use this file.")
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{name} is not a complete gzip file ({error}). Remove the archive to download it again."
        ) from error
    return bytes(unpacked)
