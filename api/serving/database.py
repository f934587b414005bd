"""The SQLite file that all workers open. It holds only temporary data, so a damaged file is renamed and recreated.

It uses a rollback journal instead of a write-ahead log. SQLite maps the index of a write-ahead log into memory, and a
process that accesses a mapped file dies of SIGBUS if the disk is full or the file was truncated.
"""

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from api.file_locks import locked
from api.serving.unavailable import StateUnavailableError
from api.set_aside import SUFFIX, set_aside

WAIT_SECONDS = 5.0
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}  # the last one: tables are missing
COMPANIONS = ("-journal", "-wal", "-shm")  # suffixes of SQLite's files for the same database

Outcome = TypeVar("Outcome")


class Database:
    """A SQLite database that recreates its file if it is damaged.

    Args:
        path: the file. It holds texts, so only the service's own user may read it.
        schema: the statements that create the tables, separated by semicolons.
        version: number of the schema. A file with another number counts as damaged.

    Attributes:
        error: type of the error of the last transaction, None if it succeeded.
    """

    def __init__(self, path: Path, schema: str, version: int) -> None:
        self._path, self._schema, self._version = path, schema, version
        self._lock = path.with_name(f"{path.name}.lock")  # held exclusively while the file is replaced
        self.error: str | None = None

    def run(self, call: Callable[[sqlite3.Connection], Outcome], begin: str = "BEGIN IMMEDIATE") -> Outcome:
        """Return the result of `call`, which runs in one transaction.

        Args:
            call: reads or changes the tables. If the file is damaged, it is called again on empty tables.
            begin: the statement that begins the transaction.

        Raises:
            StateUnavailableError: the file cannot be read or written. Nothing has changed.
        """
        try:
            try:
                outcome = self._attempt(call, begin)
            except _DamagedError as error:
                self._set_aside(error.inode)
                outcome = self._attempt(call, begin)
        except (_DamagedError, sqlite3.Error, _FileError) as error:
            self.error = type(error).__name__
            raise StateUnavailableError(getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL) from None
        self.error = None
        return outcome

    def forget_damaged(self, seconds: float) -> None:
        """Remove a damaged file that was renamed more than `seconds` ago. It may hold texts."""
        aside = self._path.with_name(self._path.name + SUFFIX)
        with contextlib.suppress(FileNotFoundError, IsADirectoryError, PermissionError):
            if time.time() - aside.stat().st_ctime > seconds:
                aside.unlink()

    def _attempt(self, call: Callable[[sqlite3.Connection], Outcome], begin: str) -> Outcome:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self._lock, fcntl.LOCK_SH, WAIT_SECONDS))
                inode = self._created()
            except OSError as error:
                raise _FileError from error
            if inode is None:
                raise _DamagedError(None)
            try:
                connection = sqlite3.connect(self._path, timeout=WAIT_SECONDS, isolation_level=None)
                stack.callback(connection.close)
                self._prepare(connection)
                connection.execute(begin)
                outcome = call(connection)
                if connection.in_transaction:
                    connection.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
                    raise _DamagedError(inode) from error
                raise
            return outcome

    def _created(self) -> int | None:
        """The inode of the file, which is created if it is missing. None if it is a folder."""
        if self._path.is_dir():
            return None
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            return os.fstat(descriptor).st_ino
        finally:
            os.close(descriptor)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA synchronous = OFF")  # if the machine crashes, the last second is lost
        connection.execute("PRAGMA secure_delete = ON")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == self._version:
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            return
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("PRAGMA user_version").fetchone()[0]  # another worker may have been faster
        if found != self._version:
            if found or connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise _other_schema()
            for statement in self._schema.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {self._version}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = TRUNCATE")

    def _set_aside(self, inode: int | None) -> None:
        """Rename the damaged file, unless another worker has done so."""
        try:
            with locked(self._lock, wait_seconds=WAIT_SECONDS):
                is_same = self._path.is_dir() if inode is None else self._path.stat().st_ino == inode
                if is_same:
                    set_aside(self._path)
                    for suffix in COMPANIONS:
                        self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        except FileNotFoundError:
            return  # the file was removed meanwhile
        except OSError as error:
            raise _FileError from error


class _FileError(Exception):
    """The file, or its lock, cannot be opened or renamed."""


class _DamagedError(Exception):
    """The file is not a database, or has other tables.

    Args:
        inode: the inode of the file, None for a folder.
    """

    def __init__(self, inode: int | None) -> None:
        super().__init__()
        self.inode = inode


def _other_schema() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("the file has other tables")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
