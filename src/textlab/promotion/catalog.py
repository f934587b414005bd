"""models/catalog.json: the numbers of each name's champion and of the champions before it.

    {"sentiment": {"champion": 3, "previous": 2, "before": [1, 2]}}

The bundle of number 3 is in models/sentiment/3.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textlab.bundle_format.signature import CLASSIFICATION, read_signature
from textlab.paths import remove_partial, replacing

CATALOG = "catalog.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Entry:
    """The catalog's entry for one name.

    Attributes:
        champion: the number of the champion.
        before: the numbers of earlier champions, oldest first; rolling back restores the last.
    """

    champion: int
    before: tuple[int, ...] = ()

    @property
    def previous(self) -> int | None:
        """The number that rolling back restores; None if there is none."""
        return self.before[-1] if self.before else None


def check_name(name: str) -> None:
    """Raise ValueError unless `name` can name a folder, a part of an address and a model in MLflow."""
    if not NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is not a valid model name. Use up to 64 letters, digits, '-' and '_', and start with a letter "
            "or a digit."
        )


@contextmanager
def locked(models: Path) -> Iterator[None]:
    """Hold the lock of the folder of promoted models, which is created if missing; wait if another process holds it."""
    from filelock import FileLock

    models.mkdir(parents=True, exist_ok=True)
    with FileLock(models / ".lock"):
        remove_partial(models / CATALOG)
        yield


def read_catalog(models: Path) -> dict[str, Entry]:
    """Read the entry of each name; empty if nothing has been promoted.

    Raises:
        ValueError: the file is damaged.
    """
    path = models / CATALOG
    if not path.exists():
        return {}
    try:
        return {name: _entry(content) for name, content in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is damaged; expected content such as "
            '{"sentiment": {"champion": 3, "previous": 2, "before": [1, 2]}}. Correct the file, or remove it and '
            "promote again: the promoted models stay."
        ) from error


def _entry(content: dict[str, Any]) -> Entry:
    entry = Entry(content["champion"], tuple(content.get("before", ())))
    if not all(type(number) is int for number in (entry.champion, *entry.before)):
        raise TypeError
    return entry


def write_entry(models: Path, name: str, entry: Entry) -> None:
    """Set the entry of `name` and keep the others. The file is replaced as a whole."""
    entries = read_catalog(models) | {name: entry}
    document = {
        key: {"champion": value.champion, "previous": value.previous, "before": list(value.before)}
        for key, value in sorted(entries.items())
    }
    with replacing(models / CATALOG) as partial:
        partial.write_text(json.dumps(document, indent=2), encoding="utf-8")


def promoted_numbers(models: Path, name: str) -> list[int]:
    """List the numbers of the promoted bundles of `name`, ascending."""
    return sorted(int(path.name) for path in (models / name).glob("*") if NUMBER.fullmatch(path.name))


def promoted_folder(models: Path, name: str | None = None, number: int | None = None) -> Path:
    """Find the folder of a promoted bundle.

    Args:
        models: the folder of promoted models.
        name: the model's name; None means the only one in the catalog.
        number: the model's number; None means the champion.

    Raises:
        ValueError: there is no such model, or `name` is None and there is not exactly one.
    """
    catalog = read_catalog(models)
    known = ", ".join(catalog) or "none"
    if name is None:
        if len(catalog) != 1:
            advice = "Choose one with --name" if catalog else "Promote one first: python -m textlab promote --help"
            raise ValueError(f"No model was named; promoted models: {known}. {advice}.")
        (name,) = catalog
    check_name(name)
    if number is None and name not in catalog:
        raise ValueError(f"No model is promoted as '{name}'; promoted models: {known}. Correct the name.")
    number = catalog[name].champion if number is None else number
    numbers = promoted_numbers(models, name)
    if number not in numbers:
        available = ", ".join(map(str, numbers)) or "none"
        raise ValueError(
            f"'{name}' has no number {number} in {models / name}; it has {available}. Choose one of these."
        )
    return models / name / str(number)


def promoted_classifier(
    models: Path, name: str | None = None, number: int | None = None, tasks: Sequence[str] = (CLASSIFICATION,)
) -> Path:
    """Find the folder of a promoted classifier, for commands that know probabilities only.

    Args:
        models, name, number: see `promoted_folder`.
        tasks: those that the command knows.

    Raises:
        ValueError: see `promoted_folder`; or the model is for another task.
    """
    folder = promoted_folder(models, name, number)
    if (task := read_signature(folder).task) not in tasks:
        raise ValueError(
            f"'{folder.parent.name}' is a model for {task}, and this command is for {' and '.join(tasks)}. Name a "
            "classifier with --name."
        )
    return folder
