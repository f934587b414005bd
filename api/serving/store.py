"""What the workers remember together: recent predictions, and rejections within a sliding window.

A prediction is remembered with its text for a while, so that feedback can name it by its id; then it is overwritten.
"""

import contextlib
import json
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FLUSH_SECONDS = 0.05
CLEAN_SECONDS = 30.0
BACKLOG = 20_000  # predictions not yet written; beyond it the oldest are not remembered
KEPT = 200_000  # predictions at most, about 60 MB; under heavy load they are forgotten sooner
SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    id TEXT PRIMARY KEY, time REAL, model TEXT, version INTEGER, label TEXT, text TEXT, answered INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS rejections (time REAL);
"""
# One statement for all of them: each takes Python's lock from the requests when it begins and when it ends.
INSERT = f"""
INSERT OR IGNORE INTO predictions (id, time, model, version, label, text)
SELECT {", ".join(f"json_extract(value, '$[{column}]')" for column in range(6))} FROM json_each(?)
"""


class Prediction(NamedTuple):
    """One remembered answer: its id, when (seconds since 1970), which model, the label it gave, and to which text."""

    id: str
    time: float
    model: str
    version: int
    label: str
    text: str


class Store:
    """A SQLite file that all workers open.

    Args:
        path: the file.
        remember_seconds: how long predictions are kept; 0 keeps none.
        rejections, window_seconds: an alert is due at so many rejections within so many seconds.
    """

    def __init__(self, path: Path, remember_seconds: float, rejections: int, window_seconds: float) -> None:
        self._path, self._remember_seconds = path, remember_seconds
        self._rejections, self._window_seconds = rejections, window_seconds
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # it holds texts: for the service's own user alone
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)
        self._new: deque[Prediction] = deque(maxlen=BACKLOG)
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write, name="predictions writer", daemon=True)
        self._writer.start()

    def remember(self, predictions: list[Prediction]) -> None:
        """Keep them for feedback; written soon, by another thread."""
        if self._remember_seconds:
            self._new.extend(predictions)

    def answered(self, identifier: str) -> tuple[Prediction, bool] | None:
        """The prediction with this id, and whether this is the first feedback on it; None if nobody remembers it."""
        until = time.monotonic() + 4 * FLUSH_SECONDS  # another worker may be about to write it
        while True:
            with self._connection() as connection:
                row = connection.execute(
                    "SELECT id, time, model, version, label, text FROM predictions WHERE id = ? AND time > ?",
                    (identifier, time.time() - self._remember_seconds),
                ).fetchone()
                if row:
                    query = "UPDATE predictions SET answered = 1 WHERE id = ? AND answered = 0"
                    return Prediction(*row), connection.execute(query, (identifier,)).rowcount == 1
            if time.monotonic() > until:
                return None
            time.sleep(FLUSH_SECONDS / 2)

    def unanswered(self, identifier: str) -> None:
        """Take feedback on this prediction once more: what came of it could not be kept."""
        with self._connection() as connection:
            connection.execute("UPDATE predictions SET answered = 0 WHERE id = ?", (identifier,))

    def reject(self) -> bool:
        """Count one rejection; True where it makes an alert due, after which counting begins anew."""
        now = time.time()
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO rejections VALUES (?)", (now,))
            connection.execute("DELETE FROM rejections WHERE time <= ?", (now - self._window_seconds,))
            count = connection.execute("SELECT count(*) FROM rejections").fetchone()[0]
            if count >= self._rejections:
                connection.execute("DELETE FROM rejections")
            return count >= self._rejections

    def close(self) -> None:
        """Write what is not written yet and stop."""
        self._closing.set()
        self._writer.join()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            # The last second may be lost when the machine fails, and then so is the service.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA secure_delete = ON")
            with connection:
                yield connection
        finally:
            connection.close()

    def _write(self) -> None:
        cleaned = 0.0
        while not self._closing.wait(FLUSH_SECONDS):
            self._flush()
            if time.monotonic() - cleaned > CLEAN_SECONDS:
                cleaned = time.monotonic()
                self._forget()
        self._flush()

    def _flush(self) -> None:
        rows = [self._new.popleft() for _ in range(len(self._new))]
        if rows:
            with contextlib.suppress(sqlite3.OperationalError), self._connection() as connection:
                # A full disk must not end the service; these predictions are then not remembered.
                connection.execute(INSERT, (json.dumps(rows),))

    def _forget(self) -> None:
        with contextlib.suppress(sqlite3.OperationalError), self._connection() as connection:
            connection.execute("DELETE FROM predictions WHERE time <= ?", (time.time() - self._remember_seconds,))
            newest = "(SELECT max(rowid) FROM predictions)"
            connection.execute(f"DELETE FROM predictions WHERE rowid <= {newest} - ?", (KEPT,))
