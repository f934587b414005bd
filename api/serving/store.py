"""The recent predictions of all workers, each with its text, so that feedback can refer to a prediction by its id.

A prediction is kept for a limited time. Then it is overwritten.
"""

import functools
import json
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from api.background import BackgroundTask
from api.serving.cells import Cells
from api.serving.database import Database
from api.waiting import in_thread, pause

FLUSH_SECONDS = 0.05
CLEAN_SECONDS = 30.0
AHEAD_SECONDS = 60.0  # a time that is later than this is wrong
RETRY_SECONDS = 1.0  # pause before the next attempt to write, after an error
BACKLOG_CHARACTERS = 4_000_000  # maximum length of all unwritten predictions; beyond it, the oldest are dropped
ROW_CHARACTERS = 200  # approximate length of a row without its text
STATEMENT_CHARACTERS = 500_000  # approximate length of the rows that one statement writes
CHECKED_SHARE = 0.01  # share of the limit that a worker writes between two checks of the size
FREED_SHARE = 0.1  # share of the limit that is freed at once
LARGE_SHARE = 0.25  # a caller with a larger share of the texts loses its own oldest predictions, not those of others
DELETED_ROWS = 500
SCHEMA = """
CREATE TABLE predictions (
    id TEXT PRIMARY KEY, time REAL, model TEXT, version INTEGER, label TEXT, text TEXT, caller TEXT, answer TEXT
);
CREATE TABLE repeats (key TEXT PRIMARY KEY, time REAL, predicted TEXT, model TEXT, version INTEGER) WITHOUT ROWID;
CREATE TABLE written (caller TEXT, day INTEGER, bytes INTEGER, PRIMARY KEY (caller, day)) WITHOUT ROWID;
CREATE TABLE rejections (time REAL, caller TEXT, version INTEGER, anonymous INTEGER);
CREATE TABLE alerts (time REAL);
CREATE TABLE quiet (caller TEXT, version INTEGER, until REAL, PRIMARY KEY (caller, version)) WITHOUT ROWID
"""
SCHEMA_VERSION = 2
# One statement writes many rows, because each statement takes Python's global lock from the requests twice.
COLUMNS = ("id", "time", "model", "version", "label", "text", "caller")
INSERT = "INSERT OR IGNORE INTO predictions ({}) SELECT {} FROM json_each(?)"
HEAVIEST = """
SELECT caller, sum(length(text)) AS size, (SELECT sum(length(text)) FROM predictions)
FROM predictions GROUP BY caller ORDER BY size DESC LIMIT 1
"""
OLDEST = "DELETE FROM predictions WHERE rowid IN (SELECT rowid FROM predictions {} ORDER BY rowid LIMIT ?)"


class Prediction(NamedTuple):
    """A remembered prediction.

    Attributes:
        id: empty for a prediction that is not remembered.
        time: seconds since 1970.
        model, version: the model that answered.
        label: the predicted class; for several labels per text, their list as JSON.
        text: the text that was classified.
    """

    id: str
    time: float
    model: str
    version: int
    label: str
    text: str


class Store:
    """The recent predictions of all workers.

    Args:
        database: the file with the tables of SCHEMA.
        remember_seconds: how long predictions are kept. 0 keeps none.
        limit_bytes: maximum size of the file. Beyond it, the oldest predictions are forgotten.
        hashed: returns the hash of a caller's name, so that the file holds no address.
        on_error: called with the name of the writing thread after each error in it.
        clean: called by the writing thread every CLEAN_SECONDS.
        cells: seals and opens the texts.
    """

    def __init__(
        self,
        database: Database,
        remember_seconds: float,
        limit_bytes: int,
        hashed: Callable[[str], str],
        on_error: Callable[[str], None] = lambda task: None,
        clean: Callable[[], None] = lambda: None,
        cells: Cells | None = None,
    ) -> None:
        self._database, self._remember_seconds = database, remember_seconds
        self._limit_bytes, self._hashed, self._clean = limit_bytes, hashed, clean
        self._cells = cells or Cells()
        self._insertion = _insertion(self._cells)
        self._new: deque[tuple[str, int, list[Prediction]]] = deque()  # caller, characters, predictions
        self._characters = 0  # in `_new`
        self._changing = threading.Lock()  # guards `_new`
        self._unchecked = limit_bytes  # characters since the size was last checked
        self._cleaned = time.monotonic()
        self._writer = BackgroundTask("predictions writer", FLUSH_SECONDS, self._write, on_error)

    def remember(self, predictions: list[Prediction], caller: str = "") -> None:
        """Keep predictions of a caller for feedback. Another thread writes them within FLUSH_SECONDS."""
        if not self._remember_seconds:
            return
        characters = sum(ROW_CHARACTERS + len(prediction.text) for prediction in predictions)
        with self._changing:
            self._new.append((caller, characters, predictions))
            self._characters += characters
            while self._characters > BACKLOG_CHARACTERS:
                self._characters -= self._new.popleft()[1]

    def find(self, identifier: str) -> Prediction | None:
        """The prediction with this id, None if it is not remembered.

        Raises:
            StateUnavailableError: the predictions cannot be read.
            SealError: the prediction is sealed, and its key is missing or another one.
        """
        until = time.monotonic() + 4 * FLUSH_SECONDS  # another worker may be about to write it
        seconds = FLUSH_SECONDS / 2
        while True:
            row = in_thread(self._database.run, functools.partial(self._row, identifier), "BEGIN")
            if row or time.monotonic() > until:
                return self._opened(row) if row else None
            pause(seconds)  # in no other thread: there are few, and anyone can ask for unknown ids
            seconds *= 2

    def close(self) -> None:
        """Write the remaining predictions and stop."""
        self._writer.close()
        self._writer.attempt(self._flush)

    def _opened(self, row: tuple[str, float, str, int, str, str | bytes]) -> Prediction | None:
        text = self._cells.open(row[-1], *_place(row))
        return None if text is None else Prediction(*row[:-1], text)

    def _row(
        self, identifier: str, connection: sqlite3.Connection
    ) -> tuple[str, float, str, int, str, str | bytes] | None:
        return connection.execute(
            "SELECT id, time, model, version, label, text FROM predictions WHERE id = ? AND time > ?",
            (identifier, time.time() - self._remember_seconds),
        ).fetchone()

    def _write(self) -> None:
        self._flush()
        pause = CLEAN_SECONDS if self._database.error is None else RETRY_SECONDS
        if time.monotonic() - self._cleaned > pause:
            self._cleaned = time.monotonic()
            self._database.run(self._forget)
            self._database.forget_damaged(self._remember_seconds)
            self._clean()

    def _flush(self) -> None:
        """Write the new predictions. If they cannot be written, they are lost."""
        hashed = functools.cache(self._hashed)  # callers repeat
        while self._new:
            taken: list[tuple[str, int, list[Prediction]]] = []
            characters = 0
            with self._changing:
                while self._new and characters < STATEMENT_CHARACTERS:
                    taken.append(self._new.popleft())
                    characters += taken[-1][1]
                self._characters -= characters
            # Hashing may read a file, so the lock, for which requests wait, is not held meanwhile.
            rows = [
                (*prediction[:-1], self._cells.seal(prediction.text, *_place(prediction)), hashed(caller))
                for caller, _, predictions in taken
                for prediction in predictions
            ]
            content = json.dumps(rows)
            self._unchecked += len(content)
            self._database.run(functools.partial(self._insert, content=content))

    def _insert(self, connection: sqlite3.Connection, content: str) -> None:
        if self._unchecked > CHECKED_SHARE * self._limit_bytes:
            self._unchecked = 0
            if _used_bytes(connection) > self._limit_bytes:
                self._free(connection)
        connection.execute(self._insertion, (content,))

    def _free(self, connection: sqlite3.Connection) -> None:
        caller, size, total = connection.execute(HEAVIEST).fetchone() or ("", 0, 0)
        one = total and size > LARGE_SHARE * total
        query = OLDEST.format("WHERE caller = ?" if one else "")
        given = (caller, DELETED_ROWS) if one else (DELETED_ROWS,)
        while _used_bytes(connection) > (1 - FREED_SHARE) * self._limit_bytes:
            if not connection.execute(query, given).rowcount:
                break

    def _forget(self, connection: sqlite3.Connection) -> None:
        now = time.time()
        # Times in the future come from a clock that was ahead. Their texts would be kept for longer than promised.
        kept = (now - self._remember_seconds, now + AHEAD_SECONDS)
        connection.execute("DELETE FROM predictions WHERE time <= ? OR time > ?", kept)


def _insertion(cells: Cells) -> str:
    """The statement that writes many rows, which come as JSON."""
    values = {name: f"json_extract(value, '$[{place}]')" for place, name in enumerate(COLUMNS)}
    values["text"] = cells.column.format(values["text"])
    return INSERT.format(", ".join(values), ", ".join(values.values()))


def _place(row: tuple[str, float, str, int, str, str | bytes]) -> tuple[str | int, ...]:
    """The context of a row's text: its column, id, model, version and label."""
    identifier, _, model, version, label, _ = row
    return "text", identifier, model, version, label


def _used_bytes(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size
