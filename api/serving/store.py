"""The memory that the workers share: recent predictions, and rejections within a sliding window.

A prediction is kept with its text for a while, so that feedback can refer to its id. Then it is overwritten.
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
BACKLOG = 20_000  # maximum number of unwritten predictions; beyond it, the oldest are dropped
KEPT = 200_000  # maximum number of predictions, about 60 MB; under heavy load, each is kept for a shorter time
SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    id TEXT PRIMARY KEY, time REAL, model TEXT, version INTEGER, label TEXT, text TEXT, answered INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS rejections (time REAL);
"""
# One statement for all rows: each statement takes Python's lock from the requests twice.
INSERT = f"""
INSERT OR IGNORE INTO predictions (id, time, model, version, label, text)
SELECT {", ".join(f"json_extract(value, '$[{column}]')" for column in range(6))} FROM json_each(?)
"""


class Prediction(NamedTuple):
    """A remembered prediction.

    Attributes:
        id: empty for a prediction that is not remembered.
        time: seconds since 1970.
        model, version: the model that answered.
        label: the predicted class.
        text: the text that was classified.
    """

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
        remember_seconds: how long predictions are kept. 0 keeps none.
        rejections: number of rejections within `window_seconds` that makes an alert due.
        window_seconds: length of the sliding window.
    """

    def __init__(self, path: Path, remember_seconds: float, rejections: int, window_seconds: float) -> None:
        self._path, self._remember_seconds = path, remember_seconds
        self._rejections, self._window_seconds = rejections, window_seconds
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(
            os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        )  # it holds texts, so only the service's own user may read it
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)
        self._new: deque[Prediction] = deque(maxlen=BACKLOG)
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write, name="predictions writer", daemon=True)
        self._writer.start()

    def remember(self, predictions: list[Prediction]) -> None:
        """Keep predictions for feedback. Another thread writes them within FLUSH_SECONDS."""
        if self._remember_seconds:
            self._new.extend(predictions)

    def answered(self, identifier: str, text: str | None = None) -> tuple[Prediction, bool] | None:
        """The prediction with this id, and whether this is its first feedback. None if it is not remembered.

        If a `text` is given and the prediction was made for another one, this does not count as feedback.
        """
        until = time.monotonic() + 4 * FLUSH_SECONDS  # another worker may be about to write it
        while True:
            with self._connection() as connection:
                row = connection.execute(
                    "SELECT id, time, model, version, label, text FROM predictions WHERE id = ? AND time > ?",
                    (identifier, time.time() - self._remember_seconds),
                ).fetchone()
                if row:
                    prediction = Prediction(*row)
                    if text not in (None, prediction.text):
                        return prediction, False
                    query = "UPDATE predictions SET answered = 1 WHERE id = ? AND answered = 0"
                    return prediction, connection.execute(query, (identifier,)).rowcount == 1
            if time.monotonic() > until:
                return None
            time.sleep(FLUSH_SECONDS / 2)

    def unanswered(self, identifier: str) -> None:
        """Allow feedback on this prediction again, because it could not be written."""
        with self._connection() as connection:
            connection.execute("UPDATE predictions SET answered = 0 WHERE id = ?", (identifier,))

    def reject(self) -> bool:
        """Count one rejection. Returns True if an alert is due; counting then starts again."""
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
        """Write the remaining predictions and stop."""
        self._closing.set()
        self._writer.join()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            # If the machine fails, the last second is lost, which is acceptable.
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
                # A full disk must not stop the service; these predictions are then forgotten.
                connection.execute(INSERT, (json.dumps(rows),))

    def _forget(self) -> None:
        with contextlib.suppress(sqlite3.OperationalError), self._connection() as connection:
            connection.execute("DELETE FROM predictions WHERE time <= ?", (time.time() - self._remember_seconds,))
            newest = "(SELECT max(rowid) FROM predictions)"
            connection.execute(f"DELETE FROM predictions WHERE rowid <= {newest} - ?", (KEPT,))
