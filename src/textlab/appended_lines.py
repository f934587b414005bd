"""Files of JSON lines that several processes may add to at the same time."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def append(path: Path, values: Iterable[Any]) -> None:
    """Add a line for each value to a file, in one step, so that lines of several processes do not mix."""
    lines = "".join(f"{json.dumps(value)}\n" for value in values)
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, lines.encode())
    finally:
        os.close(handle)


def read(path: Path) -> Iterator[Any]:
    """Yield the value of each line, of no line if there is no file. A line that a full disk has cut is left out."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                continue
