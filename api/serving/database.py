"""The SQLite file that all workers open. Nothing in it is lasting, so a damaged file is set aside and made anew.

It keeps a rollback journal in place of a write-ahead log. The index of such a log is mapped into memory, and a process
that touches a mapped file on a full disk, or one that somebody cuts short, dies of SIGBUS.
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
from api.set_aside import SUFFIX, set_aside

WAIT_SECONDS = 5.0
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}  # the last one: tables are missing
BESIDE = ("-journal", "-wal", "-shm")

Outcome = TypeVar("Outcome")


class StoreUnavailableError(Exception):
    """The file of predictions cannot be read or written now.

    Attributes:
        disk_is_full: whether the reason is lack of space.
    """

    def __init__(self, disk_is_full: bool = False) -> None:
        super().__init__()
        self.disk_is_full = disk_is_full


class Database:
    """A file of tables.

    Args:
        path: the file. It holds texts, so only the service's own user may read it.
        schema: the statements that create the tables.
        version: number of the schema. A file with another number is set aside.

    Attributes:
        error: the reason why the last transaction failed, None if it succeeded.
    """

    def __init__(self, path: Path, schema: str, version: int) -> None:
        self._path, self._schema, self._version = path, schema, version
        self._lock = path.with_name(f"{path.name}.lock")  # held exclusively while the file is replaced
        self.error: str | None = None

    def run(self, call: Callable[[sqlite3.Connection], Outcome], begin: str = "BEGIN IMMEDIATE") -> Outcome:
        """The result of `call` in one transaction.

        Args:
            call: reads or changes the tables. It is called again, on empty tables, if the file is damaged.
            begin: the statement that begins the transaction.

        Raises:
            StoreUnavailableError: the file cannot be read or written. Nothing has changed.
        """
        try:
            try:
                outcome = self._attempt(call, begin)
            except _DamagedError as error:
                self._set_aside(error.inode)
                outcome = self._attempt(call, begin)
        except (_DamagedError, sqlite3.Error, _FileError) as error:
            self.error = type(error).__name__
            raise StoreUnavailableError(getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL) from None
        self.error = None
        return outcome

    def forget_damaged(self, seconds: float) -> None:
        """Remove the file that was set aside, if this was longer ago. It may hold texts."""
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
                connection.execute("COMMIT") if connection.in_transaction else None
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
        connection.execute("PRAGMA synchronous = OFF")  # if the machine fails, the last second is lost
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
        """Set the damaged file aside, unless another worker has done so."""
        try:
            with locked(self._lock, wait_seconds=WAIT_SECONDS):
                if inode is None or self._path.stat().st_ino == inode:
                    if inode is not None or self._path.is_dir():
                        set_aside(self._path)
                    for suffix in BESIDE:
                        self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        except FileNotFoundError:
            return  # somebody has removed it
        except OSError as error:
            raise _FileError from error


class _FileError(Exception):
    """The file, or its lock, cannot be opened or renamed."""


class _DamagedError(Exception):
    """The file is no database, or has other tables.

    Args:
        inode: of the file, None for a folder.
    """

    def __init__(self, inode: int | None) -> None:
        super().__init__()
        self.inode = inode


def _other_schema() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("the file has other tables")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
