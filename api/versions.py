"""Which numbered versions of a model there are, and which of them the names champion and previous mean."""

import json
import re
from pathlib import Path

NUMBER = re.compile(r"[1-9][0-9]{0,8}")
ALIASES = ("champion", "previous")
CATALOG = "catalog.json"


class VersionError(LookupError):
    """A version that there is not; the message says which there are."""


def numbers(folder: Path) -> list[int]:
    """The promoted versions in `folder`, ascending."""
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.is_dir() and NUMBER.fullmatch(path.name))


def resolve(folder: Path, version: str) -> int:
    """The number that `version` means.

    Args:
        folder: models/<name>.
        version: a number, or `champion` or `previous` as models/catalog.json says. Without an entry there, champion
            is the highest number and previous the one below it.

    Raises:
        VersionError: it is none of these, or there is no such version.
    """
    there = numbers(folder)
    number = _aliased(folder, version, there) if version in ALIASES else None
    if number is None and NUMBER.fullmatch(version):
        number = int(version)
    if number not in there:
        listed = ", ".join(map(str, there)) or "none"
        raise VersionError(
            f"There is no such version of {folder.name}. Expected champion, previous or one of: {listed}. "
            "Promote a model, or name one of these."
        )
    return number


def _aliased(folder: Path, alias: str, there: list[int]) -> int | None:
    try:
        catalog = json.loads((folder.parent / CATALOG).read_text(encoding="utf-8"))
        number = catalog[folder.name][alias]
    except (OSError, ValueError, KeyError, TypeError):
        position = ALIASES.index(alias) + 1
        return there[-position] if len(there) >= position else None
    return number if type(number) is int else None
