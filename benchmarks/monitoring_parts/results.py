"""The looks that have been measured, one JSON object a line, so that a stopped benchmark continues where it was."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Key = tuple[str, str, int, int]  # part, case, texts, look


class Results:
    """Measured looks in a file.

    Args:
        path: the file. It need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[Key, dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self.rows[_key(row)] = row

    def __contains__(self, key: Key) -> bool:
        return key in self.rows

    def add(self, part: str, case: str, texts: int, look: int, **measured: Any) -> None:
        """Append a look."""
        row = {"part": part, "case": case, "texts": texts, "look": look, **measured}
        self.rows[_key(row)] = row
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def of(self, part: str, case: str, texts: int, looks: int) -> Iterator[dict[str, Any]]:
        """The first `looks` looks of a case, as far as they are there."""
        keys = ((part, case, texts, look) for look in range(looks))
        return (self.rows[key] for key in keys if key in self.rows)


def _key(row: dict[str, Any]) -> Key:
    return row["part"], row["case"], row["texts"], row["look"]
