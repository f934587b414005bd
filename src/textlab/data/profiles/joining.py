"""Join repositories to users on disk, so that the memory does not depend on their number."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby, islice
from pathlib import Path

from textlab.data.profiles.identity import parts_of_place
from textlab.data.profiles.people import Repository, User
from textlab.data.profiles.report import LeftOut, PreparationReport

ROWS_AT_ONCE = 2_000
CACHE = 32_000  # KiB of SQLite's cache
FEWEST_IN_A_PLACE = 2  # users who state a place, for it to be removed from the biographies of others
MOST_PLACES = 20_000  # the most frequent ones


class JoinedPeople:
    """Users with their repositories in a temporary database. Each input is read once.

    Args:
        path: the database, a file that does not exist yet.
        users, repositories: the inputs, in any order.
        report: counts the rows that have no partner.
    """

    def __init__(
        self, path: Path, users: Iterable[User], repositories: Iterable[Repository], report: PreparationReport
    ) -> None:
        self._database = sqlite3.connect(path)
        self._database.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-{CACHE};"
            "CREATE TABLE users (login TEXT PRIMARY KEY, content TEXT) WITHOUT ROWID;"
            "CREATE TABLE repositories (owner TEXT, name TEXT, content TEXT, PRIMARY KEY (owner, name)) WITHOUT ROWID;"
            "CREATE TABLE places (place TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;"
        )
        for user in users:
            self._add_user(user, report)
        rows = ((each.owner.casefold(), each.name.casefold(), json.dumps(asdict(each))) for each in repositories)
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            added = self._database.executemany("INSERT OR IGNORE INTO repositories VALUES (?, ?, ?)", chunk).rowcount
            report.leave_out(LeftOut.SAME_REPOSITORY, times=len(chunk) - added)
        unknown = "SELECT count(*) FROM repositories WHERE owner NOT IN (SELECT login FROM users)"
        report.leave_out(LeftOut.UNKNOWN_OWNER, times=self._database.execute(unknown).fetchone()[0])
        self._database.commit()

    def _add_user(self, user: User, report: PreparationReport) -> None:
        values = (user.login.casefold(), json.dumps(asdict(user)))
        if not self._database.execute("INSERT OR IGNORE INTO users VALUES (?, ?)", values).rowcount:
            report.leave_out(LeftOut.SAME_LOGIN)
            return
        parts = ((part,) for part in parts_of_place(user.location))
        self._database.executemany(
            "INSERT INTO places VALUES (?, 1) ON CONFLICT (place) DO UPDATE SET count = count + 1", parts
        )

    def __len__(self) -> int:
        """The number of users."""
        return int(self._database.execute("SELECT count(*) FROM users").fetchone()[0])

    def places(self) -> frozenset[str]:
        """Return the folded places that several users state."""
        rows = self._database.execute(
            "SELECT place FROM places WHERE count >= ? ORDER BY count DESC, place LIMIT ?",
            (FEWEST_IN_A_PLACE, MOST_PLACES),
        )
        return frozenset(place for (place,) in rows)

    def __iter__(self) -> Iterator[tuple[User, Iterator[Repository]]]:
        """Yield each user, sorted by login, with an iterator over the user's repositories, sorted by name.

        Both tables are stored in this order, so nothing is sorted, and each is read once.
        """
        rows = self._database.execute(
            "SELECT users.content, repositories.content FROM users LEFT JOIN repositories ON owner = login"
            " ORDER BY login, name"
        )
        for content, group in groupby(rows, key=lambda row: row[0]):
            yield User(**json.loads(content)), (_repository(each) for _, each in group if each is not None)

    def close(self) -> None:
        """Close the database; its file stays."""
        self._database.close()


def _repository(content: str) -> Repository:
    values = json.loads(content)
    return Repository(**(values | {"topics": tuple(values["topics"])}))
