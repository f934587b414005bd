"""Answers of GitHub on disk: a killed collection resumes, and a repeated one asks only what has changed."""

import json
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class StoredResponse:
    """An answer, reduced to what profiles need.

    Attributes:
        etag: GitHub's mark of this content, for a conditional request; "" if it has none.
        next_url: the address of the next page; "" on the last one.
        content: the reduced content.
        is_current: whether the answer was fetched or confirmed in the collection that is running.
    """

    etag: str
    next_url: str
    content: Any
    is_current: bool


class Responses:
    """The answers of a folder's collections, by address. Every change is on disk when a method returns.

    Args:
        path: the database; it is created if it does not exist, readable by its owner alone.
        request: what is collected. An unfinished collection of the same request is continued.
    """

    def __init__(self, path: Path, request: Mapping[str, Any]) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(
            "CREATE TABLE IF NOT EXISTS responses "
            "(url TEXT PRIMARY KEY, etag TEXT, next TEXT, content TEXT, number INTEGER);"
            "CREATE TABLE IF NOT EXISTS collections (number INTEGER PRIMARY KEY, request TEXT, finished INTEGER);"
        )
        wanted = json.dumps(request, sort_keys=True)
        row = self._database.execute(
            "SELECT number, request, finished FROM collections ORDER BY number DESC"
        ).fetchone()
        self.is_resumed = row is not None and row[1] == wanted and not row[2]
        if self.is_resumed:
            self._number = int(row[0])
        else:
            inserted = self._database.execute("INSERT INTO collections (request, finished) VALUES (?, 0)", (wanted,))
            self._number = int(inserted.lastrowid or 0)

    def get(self, url: str) -> StoredResponse | None:
        """Return the stored answer to an address; None if there is none."""
        row = self._database.execute(
            "SELECT etag, next, content, number FROM responses WHERE url = ?", (url,)
        ).fetchone()
        return None if row is None else StoredResponse(row[0], row[1], json.loads(row[2]), row[3] == self._number)

    def put(self, url: str, etag: str, next_url: str, content: Any) -> None:
        """Store an answer."""
        row = (url, etag, next_url, json.dumps(content), self._number)
        self._database.execute("INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?)", row)

    def confirm(self, url: str) -> None:
        """Note that GitHub says the stored answer is still right."""
        self._database.execute("UPDATE responses SET number = ? WHERE url = ?", (self._number, url))

    def finish(self) -> None:
        """End the collection, and forget the answers that it did not use, such as those of users who vanished."""
        with self._database:
            self._database.execute("DELETE FROM responses WHERE number != ?", (self._number,))
            self._database.execute("UPDATE collections SET finished = 1 WHERE number = ?", (self._number,))
        self._database.execute("VACUUM")  # removes deleted rows from the file

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def forget(path: Path, logins: Collection[str]) -> int:
    """Remove every stored answer that names one of the users, also lists of users that hold one of them.

    Args:
        path: the database of a collection.
        logins: the users, regardless of case.

    Returns:
        The number of answers that were removed from the file.
    """
    names = {login.casefold() for login in logins}
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        gone = [
            url
            for url, content in database.execute("SELECT url, content FROM responses")
            if _names_one_of(names, url, json.loads(content))
        ]
        database.executemany("DELETE FROM responses WHERE url = ?", [(url,) for url in gone])
        database.execute("VACUUM")
    return len(gone)


def _names_one_of(names: Collection[str], url: str, content: Any) -> bool:
    parts = [unquote(part).casefold() for part in urlsplit(url).path.split("/")]
    owner = parts[parts.index("users") + 1] if "users" in parts[:-1] else ""
    listed = content.get("logins", []) if isinstance(content, dict) else []
    return owner in names or any(login.casefold() in names for login in listed)
