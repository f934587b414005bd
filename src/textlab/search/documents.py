"""The documents of an index: a SQLite file, in which a few documents are read for each search."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .settings import Document, SearchIndexError

FILE = "documents.sqlite"
SCHEMA = "CREATE TABLE documents (position INTEGER PRIMARY KEY, id TEXT NOT NULL, title TEXT, text TEXT, fields TEXT)"
UNIQUE = "CREATE UNIQUE INDEX documents_by_id ON documents (id)"
AT_ONCE = 500  # values in one statement


class DocumentStore:
    """Reads the documents of an index. Threads may share it.

    Args:
        folder: the folder of the index.

    Raises:
        SearchIndexError: the file is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        address = f"{(folder / FILE).resolve().as_uri()}?mode=ro&immutable=1"
        try:
            self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._damaged() from error
        self._read("SELECT position, id, title, text, fields FROM documents LIMIT 1")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def ids_at(self, positions: Sequence[int]) -> list[str]:
        """Return the id of the document at each position."""
        found = dict(self._few("SELECT position, id FROM documents WHERE position IN", positions))
        return [found[position] for position in positions]

    def positions_of(self, ids: Sequence[str]) -> list[int]:
        """Return the position of each document.

        Raises:
            SearchIndexError: an id is unknown.
        """
        found = dict(self._few("SELECT id, position FROM documents WHERE id IN", ids))
        unknown = [each for each in ids if each not in found]
        if unknown:
            others = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
            raise SearchIndexError(
                f"The index holds no document {unknown[0]!r}{others}. Check the ids; `ids()` lists those of the index."
            )
        return [found[each] for each in ids]

    def document(self, id_: str) -> Document:
        """Return a document.

        Raises:
            SearchIndexError: the id is unknown.
        """
        (position,) = self.positions_of([id_])
        ((title, text, fields),) = self._read(
            "SELECT title, text, fields FROM documents WHERE position = ?", [position]
        )
        return Document(id_, text, title, json.loads(fields))

    def documents(self) -> Iterator[Document]:
        """Yield all documents in the order of the positions."""
        last = -1
        while rows := self._read(
            "SELECT position, id, title, text, fields FROM documents WHERE position > ? ORDER BY position LIMIT 1000",
            [last],
        ):
            yield from (Document(id_, text, title, json.loads(fields)) for _, id_, title, text, fields in rows)
            last = rows[-1][0]

    def ids(self) -> Iterator[str]:
        """Yield the ids in the order of the positions."""
        last = -1
        while rows := self._read(
            "SELECT position, id FROM documents WHERE position > ? ORDER BY position LIMIT 10000", [last]
        ):
            yield from (id_ for _, id_ in rows)
            last = rows[-1][0]

    def _few(self, statement: str, values: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        distinct = list(dict.fromkeys(values))
        for start in range(0, len(distinct), AT_ONCE):
            part = distinct[start : start + AT_ONCE]
            yield from self._read(f"{statement} ({','.join('?' * len(part))})", part)

    def _read(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged() from error

    def _damaged(self) -> SearchIndexError:
        return SearchIndexError(
            f"The index in {self._folder} is damaged: {FILE} cannot be read. Build the index again, or restore the "
            "folder."
        )


class DocumentWriter:
    """Writes the documents of a new index. The file is written anew, so that nothing of a removed document is in it.

    Args:
        folder: the folder of the new index.
    """

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / FILE, isolation_level=None)
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", SCHEMA, UNIQUE, "BEGIN"):
            self._connection.execute(statement)
        self.count = 0

    def carry(self, old: Path, positions: np.ndarray) -> None:
        """Copy the documents of the index in `old` that stay.

        Args:
            old: the folder of the old index.
            positions: the new position of each; -1 for one that is removed.
        """
        source = sqlite3.connect(f"{(old / FILE).resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            rows = source.execute("SELECT position, id, title, text, fields FROM documents ORDER BY position")
            self._insert((int(positions[row[0]]), *row[1:]) for row in rows if positions[row[0]] >= 0)
        finally:
            source.close()
        self.count = int(np.count_nonzero(positions >= 0))

    def add(self, documents: Iterable[Document]) -> Iterator[tuple[int, Document]]:
        """Write new documents, and yield each with its position.

        Raises:
            SearchIndexError: an id is empty or occurs twice.
        """
        for document in documents:
            if not isinstance(document.id, str) or not document.id:
                raise SearchIndexError(
                    f"Document {self.count + 1:,} has the id {document.id!r}. Give each document an id that is a text "
                    "and not empty."
                )
            fields = json.dumps(dict(document.fields), ensure_ascii=True)
            row = (self.count, *map(_whole, (document.id, document.title, document.text)), fields)
            try:
                self._insert([row])
            except sqlite3.IntegrityError:
                raise SearchIndexError(
                    f"The id {document.id!r} occurs twice. Remove the document that has it first, or give the new one "
                    "another id."
                ) from None
            yield self.count, document
            self.count += 1

    def close(self) -> None:
        """Finish the file."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        self._connection.close()

    def _insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._connection.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?)", rows)


def _whole(text: str) -> str:
    """Return the text with "?" for each half of a surrogate pair, which no file in UTF-8 can hold."""
    return text if text.isascii() else text.encode("utf-8", errors="replace").decode("utf-8")
