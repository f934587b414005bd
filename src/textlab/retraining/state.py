"""The folder of a retrain, and state.json in it: which steps are done, and their results.

Each retrain has the folder reports/retraining/NAME/ID. A step writes its result into state.json when it has ended, by
replacing the file, so a process that is killed leaves a state that the same command continues.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textlab.paths import remove_partial, replacing, shown
from textlab.runner.planning.grid import NAME

STATE = "state.json"
IDENTIFIER = re.compile(NAME)
MOST_CHARACTERS = 100


class State:
    """The state of one retrain.

    Args:
        folder: the retrain's folder.

    Attributes:
        file: the file's name.

    Raises:
        ValueError: the file is damaged.
    """

    file = STATE

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / self.file
        try:
            self._content: dict[str, Any] = dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path} is damaged. Start another retrain with --id.") from error

    @property
    def id(self) -> str:
        """The retrain's id."""
        return self.folder.name

    def get(self, key: str) -> Any:
        """Return what was recorded under `key`; None if nothing was."""
        return self._content.get(key)

    def record(self, **values: Any) -> None:
        """Record values, all of them or none."""
        self._content |= values
        write_json(self.folder / self.file, self._content)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a file that appears only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")


def check_id(identifier: str) -> None:
    """Raise ValueError unless `identifier` can name a folder and be part of a grid's name."""
    if not IDENTIFIER.fullmatch(identifier) or len(identifier) > MOST_CHARACTERS:
        raise ValueError(
            f"--id {identifier!r} is not valid. Use up to {MOST_CHARACTERS} letters, digits, '-', '_' and '.', and "
            "start with a letter or a digit."
        )


def retrains(base: Path) -> list[State]:
    """List the retrains of a name, the one that began last first."""
    states = [State(path.parent) for path in base.glob(f"*/{STATE}") if not path.parent.name.startswith(".")]
    return sorted(states, key=lambda state: str(state.get("began")), reverse=True)


@contextmanager
def only_retrain(base: Path, name: str) -> Iterator[None]:
    """Hold the lock of the retrains of `name`.

    Raises:
        ValueError: another process holds it.
    """
    from filelock import FileLock, Timeout

    base.mkdir(parents=True, exist_ok=True)
    lock = FileLock(base / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ValueError(
            f"Another retrain of '{name}' is running in {shown(base)}. Wait until it has ended, and give the same "
            "command again."
        ) from None
    try:
        for path in base.glob(f"*/{STATE}"):
            remove_partial(path)
        yield
    finally:
        lock.release()
