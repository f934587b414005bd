"""Which numbered versions of a model there are, and which of them the names champion and previous mean."""

import json
import re
from pathlib import Path
from typing import Any

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
        version: a number, or `champion` or `previous` as models/catalog.json says:
            {"sentiment": {"champion": 3, "previous": 2}}. For a model that it does not name, champion is the highest
            number and previous the one below it.

    Raises:
        VersionError: it is none of these, there is no such version, or the catalog is damaged.
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
    entry = _catalog(folder.parent / CATALOG).get(folder.name)
    if entry is None:
        position = ALIASES.index(alias) + 1
        return there[-position] if len(there) >= position else None
    number = entry.get(alias) if isinstance(entry, dict) else None
    return number if type(number) is int else None


def _catalog(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise VersionError(
            f"The file {path.name} beside the models cannot be read. Expected a JSON object of models. "
            "Promote a model again, or name a number."
        )
    return document
