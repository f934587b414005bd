"""The looks of a model, kept in a file, so that repeated looks together stay within one false-alarm budget.

The rule: traffic is charged once. A look may spend alpha times the share of its predictions that no earlier look has
seen. So a look at a new week spends alpha, and seven daily looks at the last seven days spend alpha together. A look
that is repeated at the same window gives the recorded answer and spends nothing.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

LONGEST_WAIT_SECONDS = 600.0  # another look at the same model may take so long


@checked_dataclass(frozen=True)
class Window:
    """The predictions that a look judges.

    Attributes:
        model, version: the model that answered.
        since, until: the times [since, until) in seconds since 1970. `until` is not in the future.
    """

    model: str
    version: int
    since: float
    until: float


@dataclass(frozen=True)
class Allowance:
    """The false-alarm budget of a look.

    Attributes:
        alpha: the probability with which the look may raise a false alarm.
        new_share: the share of its predictions that no earlier look has seen.
    """

    alpha: float
    new_share: float


@checked_dataclass(frozen=True)
class RecordedLook:
    """A look that was recorded: its window, what it spent, and its answer as JSON."""

    window: Window
    alpha: float
    new_share: float
    answer: dict[str, Any]


_validate = TypeAdapter(RecordedLook).validate_json


class LookHistory:
    """The recorded looks, one JSON object a line. Lines are only appended.

    Hold `locked` from `recorded` or `allowance` until `record`, so that two looks at once cannot both spend.

    Args:
        path: the file, such as reports/monitoring/sentiment/looks.jsonl. It need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @contextmanager
    def locked(self, wait_seconds: float = LONGEST_WAIT_SECONDS) -> Iterator[None]:
        """Keep other looks of this model waiting.

        Raises:
            TimeoutError: another look is still running.
        """
        from filelock import FileLock, Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=wait_seconds):
                yield
        except Timeout:
            raise TimeoutError(
                f"Another look that writes {self.path} has not ended within {wait_seconds:.0f} seconds. Wait until it "
                "has ended, or end it."
            ) from None

    def looks(self) -> list[RecordedLook]:
        """Read the looks, the oldest first. A line that a crash left incomplete is ignored: its look gave no answer."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                found.append(_validate(line))
            except ValidationError:
                continue
        return found

    def recorded(self, window: Window) -> RecordedLook | None:
        """Return the look at exactly this window, None if there was none."""
        return next((look for look in self.looks() if look.window == window), None)

    def allowance(self, window: Window, times: np.ndarray, alpha: float) -> Allowance:
        """Return what a look may spend.

        A look whose window ends in the future has a time from a clock that was ahead. It cannot have seen the traffic
        until then, so it is left out.

        Args:
            window: what it judges.
            times: float (n,), the times of its predictions.
            alpha: the budget of a look at traffic that is all new.
        """
        now = time.time()
        earlier = [
            (look.window.since, look.window.until)
            for look in self.looks()
            if (look.window.model, look.window.version) == (window.model, window.version) and look.window.until <= now
        ]
        new_share = float((~_inside(times, earlier)).mean()) if len(times) else 0.0
        return Allowance(alpha * new_share, new_share)

    def record(self, window: Window, allowance: Allowance, answer: Mapping[str, Any]) -> None:
        """Append a look. Record it before its answer is shown, so that a look that was seen is always charged."""
        line = {"window": asdict(window), **asdict(allowance), "answer": dict(answer)}
        content = json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            if file.tell() and not _ends_with_a_line_break(self.path):
                content = b"\n" + content  # a crash left an incomplete line
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _ends_with_a_line_break(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _inside(times: np.ndarray, intervals: list[tuple[float, float]]) -> np.ndarray:
    """Whether each time is in one of the half-open intervals."""
    starts = np.sort([since for since, _ in intervals])
    ends = np.sort([until for _, until in intervals])
    return np.searchsorted(starts, times, side="right") > np.searchsorted(ends, times, side="right")
