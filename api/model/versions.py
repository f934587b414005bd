"""The numbered versions of a model, and the aliases `champion` and `previous-champion`."""

import json
import re
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"[1-9][0-9]{0,8}")
# The name of each alias in the catalog. `previous` is the former name of `previous-champion`, and still works.
ALIASES = {"champion": "champion", "previous-champion": "previous", "previous": "previous"}
CATALOG = "catalog.json"


class VersionError(LookupError):
    """The version does not exist.

    Args:
        came: a sentence that describes the request.
        action: a sentence that tells the client what to do.
    """

    def __init__(self, came: str, action: str) -> None:
        super().__init__(f"{came} {action}")
        self.came, self.action = came, action


def numbers(folder: Path) -> list[int]:
    """The promoted versions in `folder`, ascending. Links are excluded, because their targets can change."""
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if NUMBER.fullmatch(path.name) and _is_own_folder(path))


def resolve(folder: Path, version: str) -> int:
    """The number of a version.

    Args:
        folder: models/<name>.
        version: a number, `champion` or `previous-champion`. The aliases are defined in models/catalog.json, such as
            {"sentiment": {"champion": 3, "previous": 2}}. For a model that the catalog does not name, the champion is
            the highest number and the previous champion the second highest.

    Raises:
        VersionError: the version does not exist, or the catalog is damaged.
    """
    available = numbers(folder)
    number = _aliased(folder, version, available) if version in ALIASES else None
    if number is None and NUMBER.fullmatch(version):
        number = int(version)
    if number not in available:
        listed = ", ".join(map(str, available)) or "none"
        raise VersionError(
            f"The model {folder.name} has no such version.", f"Choose champion, previous-champion or one of: {listed}."
        )
    return number


def _is_own_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _aliased(folder: Path, alias: str, available: list[int]) -> int | None:
    entry = _catalog(folder.parent / CATALOG).get(folder.name)
    name = ALIASES[alias]
    if entry is None:
        position = 1 if name == "champion" else 2
        return available[-position] if len(available) >= position else None
    number = entry.get(name) if isinstance(entry, dict) else None
    return number if type(number) is int else None


def _catalog(path: Path) -> dict[str, Any]:
    try:
        if not path.exists():
            return {}
        # Something other than a file, such as a named pipe, might never end.
        document = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise VersionError(
            f"The file {path.name} in the models folder is not a readable JSON object.",
            "Promote a model again, or choose a version by its number.",
        )
    return document
