"""Judgements: the workers' common record of feedback, of the bytes that each caller wrote, and of alerts.

A transaction keeps a judgement, its line in the file of feedback and its rejection together, or none of them.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from api.serving.cells import Cells
from api.serving.database import Database
from api.serving.store import AHEAD_SECONDS, Prediction

DAY_SECONDS = 86_400
REPEAT_SECONDS = 3_600.0  # feedback by text counts once in this time for the same caller, text and label
REPEATS = 100_000  # maximum number of remembered judgements by text


class RepeatedFeedbackError(RuntimeError):
    """Another label was received for this prediction before."""


class CallerFullError(Exception):
    """The caller has reached its limit of feedback for today.

    Attributes:
        retry_seconds: seconds until the next day (UTC) begins.
    """

    def __init__(self) -> None:
        super().__init__()
        self.retry_seconds = int(DAY_SECONDS - time.time() % DAY_SECONDS) + 1


@dataclass(frozen=True)
class AlertRules:
    """The rules by which rejections raise an alert.

    Attributes:
        rejections: number of rejections within the window that raises an alert.
        window_seconds: length of the window, in seconds. A window has at most one alert.
        quiet_seconds: time in seconds during which an anonymous caller who raised an alert about a version cannot
            contribute to another one about it.
    """

    rejections: int
    window_seconds: float
    quiet_seconds: float


@dataclass(frozen=True)
class Judgement:
    """A caller's judgement of a prediction: the right label for its text.

    Attributes:
        prediction: the model's prediction. Its id is empty for feedback by text.
        label: the right label.
        caller: hash of the caller's name.
        is_anonymous: whether the caller sent neither key nor token.
        key: identifies caller, text and label, for feedback by text.
        line: the line for the file of feedback, without its line break.
    """

    prediction: Prediction
    label: str
    caller: str
    is_anonymous: bool
    key: str
    line: bytes

    @property
    def is_rejection(self) -> bool:
        """True if the model predicted another label."""
        return self.prediction.label != self.label

    def repeats(self, kept: str) -> bool:
        """Return whether an equal judgement was kept before.

        Args:
            kept: the result of `joined` for the last judgement of the prediction.

        Raises:
            RepeatedFeedbackError: another judgement was kept before.
        """
        if kept != self.label:
            raise RepeatedFeedbackError
        return True

    def joined(self, kept: str | None) -> str:
        """The text that records the judgements of a prediction: `kept`, and this one."""
        return self.label


@dataclass(frozen=True)
class Taken:
    """The result of taking a judgement.

    Attributes:
        prediction: the judged prediction. For a repeated judgement, the prediction of the first one.
        is_new: whether the judgement was kept. A repeated one is not kept again.
        raises_alert: whether an alert is due.
    """

    prediction: Prediction
    is_new: bool
    raises_alert: bool


class Judgements:
    """The judgements of all workers.

    Args:
        database: the file with the tables of the store.
        rules: when an alert is due.
        caller_bytes: maximum number of bytes of feedback a day and caller.
        cells: seals and opens the labels of remembered predictions.

    Attributes:
        rules: the rules of alerts.
    """

    def __init__(self, database: Database, rules: AlertRules, caller_bytes: int, cells: Cells | None = None) -> None:
        self._database, self.rules, self._caller_bytes = database, rules, caller_bytes
        self._cells = cells or Cells()

    def take(self, judgement: Judgement, written: Callable[[bytes], AbstractContextManager[None]]) -> Taken:
        """Keep a judgement.

        Args:
            judgement: the judgement.
            written: writes a line, and removes it again if the body of the `with` statement fails.

        Raises:
            RepeatedFeedbackError: the prediction was judged before, with another label.
            CallerFullError: the caller has reached its limit for today.
            StateUnavailableError: the judgement cannot be kept. Nothing was written.
            SealError: an earlier judgement is sealed, and its key is missing or another one. Nothing was written.
            Exception: any error of `written`. Nothing was written.
        """

        def keep(connection: sqlite3.Connection) -> Taken:
            before = self._before(connection, judgement)
            if before is not None:
                return Taken(before, is_new=False, raises_alert=False)
            self._count_bytes(connection, judgement)
            self._mark(connection, judgement)
            due = judgement.is_rejection and self._reject(connection, judgement)
            with written(judgement.line):
                connection.execute("COMMIT")
            return Taken(judgement.prediction, is_new=True, raises_alert=due)

        return self._database.run(keep)

    def forget(self) -> None:
        """Delete expired rows.

        Raises:
            StateUnavailableError: the file cannot be written.
        """

        def delete(connection: sqlite3.Connection) -> None:
            now = time.time()
            kept = (now - REPEAT_SECONDS, now + AHEAD_SECONDS)
            connection.execute("DELETE FROM repeats WHERE time <= ? OR time > ?", kept)
            newest = "(SELECT key FROM repeats ORDER BY time DESC LIMIT ?)"
            if connection.execute("SELECT count(*) FROM repeats").fetchone()[0] > REPEATS:
                connection.execute(f"DELETE FROM repeats WHERE key NOT IN {newest}", (REPEATS,))
            connection.execute("DELETE FROM written WHERE day < ?", (_day(now),))
            latest = now + self.rules.quiet_seconds + AHEAD_SECONDS
            connection.execute("DELETE FROM quiet WHERE until <= ? OR until > ?", (now, latest))

        self._database.run(delete)

    def _before(self, connection: sqlite3.Connection, judgement: Judgement) -> Prediction | None:
        """The prediction of an earlier, equal judgement. None if there is none."""
        if judgement.prediction.id:
            kept = self._kept(connection, judgement.prediction.id)
            return judgement.prediction if kept is not None and judgement.repeats(kept) else None
        query = "SELECT predicted, model, version FROM repeats WHERE key = ? AND time > ?"
        row = connection.execute(query, (judgement.key, time.time() - REPEAT_SECONDS)).fetchone()
        return judgement.prediction._replace(label=row[0], model=row[1], version=row[2]) if row else None

    def _kept(self, connection: sqlite3.Connection, identifier: str) -> str | None:
        """The record of the judgements of a prediction; None if it was not judged."""
        row = connection.execute("SELECT answer FROM predictions WHERE id = ?", (identifier,)).fetchone()
        if row is None or row[0] is None:
            return None
        # A cell in the clear although there are keys counts as another judgement: anyone may have written it.
        return self._cells.open(row[0], "answer", identifier) or ""

    def _mark(self, connection: sqlite3.Connection, judgement: Judgement) -> None:
        prediction = judgement.prediction
        if prediction.id:
            joined = judgement.joined(self._kept(connection, prediction.id))
            query = f"UPDATE predictions SET answer = {self._cells.column.format('?')} WHERE id = ?"
            connection.execute(query, (self._cells.seal(joined, "answer", prediction.id), prediction.id))
        else:
            row = (judgement.key, time.time(), prediction.label, prediction.model, prediction.version)
            connection.execute("INSERT OR REPLACE INTO repeats VALUES (?, ?, ?, ?, ?)", row)

    def _count_bytes(self, connection: sqlite3.Connection, judgement: Judgement) -> None:
        row = (judgement.caller, _day(time.time()), len(judgement.line))
        query = """INSERT INTO written VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes RETURNING bytes"""
        if connection.execute(query, row).fetchone()[0] > self._caller_bytes:
            raise CallerFullError

    def _reject(self, connection: sqlite3.Connection, judgement: Judgement) -> bool:
        """Count a rejection. Returns whether an alert is due."""
        now, caller, version = time.time(), judgement.caller, judgement.prediction.version
        query = "SELECT 1 FROM quiet WHERE caller = ? AND version = ? AND until > ?"
        if judgement.is_anonymous and connection.execute(query, (caller, version, now)).fetchone():
            return False
        connection.execute("INSERT INTO rejections VALUES (?, ?, ?, ?)", (now, caller, version, judgement.is_anonymous))
        # A time in the future comes from a clock that was ahead. It must not prevent alerts until then.
        kept = (now - self.rules.window_seconds, now + AHEAD_SECONDS)
        connection.execute("DELETE FROM rejections WHERE time <= ? OR time > ?", kept)
        connection.execute("DELETE FROM alerts WHERE time <= ? OR time > ?", kept)
        newest = "(SELECT rowid FROM rejections ORDER BY rowid DESC LIMIT ?)"
        connection.execute(f"DELETE FROM rejections WHERE rowid NOT IN {newest}", (self.rules.rejections,))
        count = connection.execute("SELECT count(*) FROM rejections").fetchone()[0]
        if count < self.rules.rejections or connection.execute("SELECT 1 FROM alerts").fetchone():
            return False
        connection.execute("INSERT INTO alerts VALUES (?)", (now,))
        query = "INSERT OR REPLACE INTO quiet SELECT caller, version, ? FROM rejections WHERE anonymous"
        connection.execute(query, (now + self.rules.quiet_seconds,))
        connection.execute("DELETE FROM rejections")
        return True


def _day(moment: float) -> int:
    return int(moment // DAY_SECONDS)
