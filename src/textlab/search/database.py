"""A connection to PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from .settings import SearchIndexError

if TYPE_CHECKING:
    from psycopg2 import extensions

T = TypeVar("T")


class Database:
    """A connection that is opened again after a failure. Each call of `run` is one transaction."""

    def __init__(self, address: str) -> None:
        self._address, self._lock = address, threading.Lock()
        self._connection: extensions.connection | None = None

    def run(self, act: "Callable[[extensions.cursor], T]") -> T:
        """Run `act` in a transaction.

        Raises:
            SearchIndexError: the database cannot be reached or answers an error.
        """
        import psycopg2

        with self._lock:
            try:
                with self._open() as connection, connection.cursor() as cursor:
                    return act(cursor)
            except psycopg2.IntegrityError:
                raise
            except psycopg2.Error as error:
                self._discard()
                # The rest of a message may quote a document, and that of an invalid address its password.
                reason = error.diag.message_primary or str(error).replace(self._address, "the address")
                reason = " ".join(reason.split())[:200]
                raise SearchIndexError(
                    f"The database of the index failed: {reason}. Check its address and that pgvector is installed."
                ) from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._discard()

    @contextmanager
    def _open(self) -> "Iterator[extensions.connection]":
        import psycopg2

        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(self._address, connect_timeout=10, application_name="textlab")
        with self._connection:
            yield self._connection

    def _discard(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
