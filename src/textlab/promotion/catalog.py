"""models/catalog.json: which number of each promoted model is the champion, and which were before it.

    {"sentiment": {"champion": 3, "previous": 2, "before": [1, 2]}}

The bundle of number 3 lies in models/sentiment/3.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CATALOG = "catalog.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Entry:
    """Of one name.

    Attributes:
        champion: the number that answers.
        before: the champions before it, oldest first; rolling back takes the last.
    """

    champion: int
    before: tuple[int, ...] = ()

    @property
    def previous(self) -> int | None:
        """What rolling back makes the champion; None where there is nothing."""
        return self.before[-1] if self.before else None


def check_name(name: str) -> None:
    """Raise ValueError unless `name` is fit for a folder, an address and MLflow."""
    if not NAME.fullmatch(name):
        raise ValueError(
            f"A model cannot be called {name!r}: expected up to 64 letters, digits, '-' and '_', the first no sign, "
            "such as sentiment."
        )


@contextmanager
def locked(models: Path) -> Iterator[None]:
    """Nobody else promotes or rolls back meanwhile; waits for those who do."""
    from filelock import FileLock

    models.mkdir(parents=True, exist_ok=True)
    with FileLock(models / ".lock"):
        yield


def read_catalog(models: Path) -> dict[str, Entry]:
    """The entry of each name; none where nothing has been promoted.

    Raises:
        ValueError: the file is damaged.
    """
    path = models / CATALOG
    if not path.exists():
        return {}
    try:
        return {name: _entry(stated) for name, stated in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f'{path} is damaged; expected such as {{"sentiment": {{"champion": 3, "previous": 2, "before": [1, 2]}}}}. '
            "Correct it, or remove it and promote again: the promoted models stay."
        ) from error


def _entry(stated: dict[str, Any]) -> Entry:
    entry = Entry(stated["champion"], tuple(stated.get("before", ())))
    if not all(type(number) is int for number in (entry.champion, *entry.before)):
        raise TypeError
    return entry


def write_entry(models: Path, name: str, entry: Entry) -> None:
    """Put the entry of `name` into the catalog; the others stay. The file is replaced as a whole."""
    entries = read_catalog(models) | {name: entry}
    document = {
        each: {"champion": known.champion, "previous": known.previous, "before": list(known.before)}
        for each, known in sorted(entries.items())
    }
    partial = models / f".{CATALOG}.partial"
    partial.write_text(json.dumps(document, indent=2), encoding="utf-8")
    partial.replace(models / CATALOG)


def promoted_numbers(models: Path, name: str) -> list[int]:
    """The numbers under which there is a bundle, ascending."""
    return sorted(int(path.name) for path in (models / name).glob("*") if NUMBER.fullmatch(path.name))


def promoted_folder(models: Path, name: str | None = None, number: int | None = None) -> Path:
    """The folder of a promoted bundle.

    Args:
        name: None for the only one there is.
        number: None for the champion.

    Raises:
        ValueError: there is none such, or several; the message says what there is.
    """
    catalog = read_catalog(models)
    known = ", ".join(catalog) or "none"
    if name is None:
        if len(catalog) != 1:
            advice = "Name one with --name" if catalog else "Promote one: python -m textlab promote --help"
            raise ValueError(f"Which model? Promoted are: {known}. {advice}.")
        (name,) = catalog
    check_name(name)
    if number is None and name not in catalog:
        raise ValueError(f"No model is promoted as '{name}'. Promoted are: {known}.")
    number = catalog[name].champion if number is None else number
    there = promoted_numbers(models, name)
    if number not in there:
        numbers = ", ".join(map(str, there)) or "none"
        raise ValueError(f"There is no number {number} of '{name}' in {models / name}. There are: {numbers}.")
    return models / name / str(number)
