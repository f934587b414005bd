"""Records what passes through a worker, for later reading: traffic, and what a shadow model answers differently.

A request only appends to a list. A thread of the worker encodes the items, seals them and writes them. If it cannot
keep up, because the disk is slow, full or fails, items are dropped and counted; no request waits.
"""

import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from api.background import BackgroundTask
from api.observing.metrics import Metrics
from api.serving.segments import Segments

FLUSH_SECONDS = 0.1
CLEAN_SECONDS = 60.0
HANGING_SECONDS = 10.0  # a write that takes longer is a fault
RETRY_SECONDS = 1.0  # pause before the next attempt to write, after an error
BACKLOG_CHARACTERS = 4_000_000  # maximum length of all unwritten items; beyond it, new ones are dropped
BYTES_PER_CHARACTER = 16  # so that pictures of 64 MB may wait, or texts of 4 MB
ITEM_CHARACTERS = 300  # approximate length of an item without its text
BATCH_ITEMS = 200  # each batch is encoded at once, and requests wait for Python's lock meanwhile: under a millisecond
Item = TypeVar("Item")


class Recorder(Generic[Item]):
    """Writes items to the segments of this worker.

    Args:
        name: what is recorded, for the metrics and the log.
        segments: where the items are kept, and how long.
        encode: returns one line for each item, without line breaks. The writing thread calls it.
        metrics: counts the items that were recorded and dropped, and the bytes.
        share: share of the items that are recorded, chosen at random.
    """

    def __init__(
        self,
        name: str,
        segments: Segments,
        encode: Callable[[list[Item]], Iterable[bytes]],
        metrics: Metrics,
        share: float = 1.0,
    ) -> None:
        self._name, self._segments, self._encode, self._metrics = name, segments, encode, metrics
        self._share, self._random = share, random.Random()
        self._new: deque[tuple[Item, int]] = deque()
        self._characters = 0  # in `_new`
        self._changing = threading.Lock()  # guards `_new` and `_refused`
        self._refused = 0  # items that found no room since the last write
        self._error: str | None = None
        self._began = math.inf  # when the current write began
        self._retry = 0.0
        self._cleaned = time.monotonic()
        self._writer = BackgroundTask(f"{name} writer", FLUSH_SECONDS, self._write, metrics.count_error)

    @property
    def is_failing(self) -> bool:
        """True if the last items could not be written, a write hangs, or new items find no room."""
        is_hanging = time.monotonic() - self._began > HANGING_SECONDS
        return self._error is not None or self._refused > 0 or is_hanging

    def record(self, items: Sequence[Item], characters: int) -> None:
        """Record items within FLUSH_SECONDS. The call never waits for the disk, and never fails.

        Args:
            items: the items.
            characters: the length of their texts together.
        """
        each = ITEM_CHARACTERS + characters // max(len(items), 1)
        with self._changing:
            accepted = items[: max(BACKLOG_CHARACTERS - self._characters, 0) // each]
            self._new.extend([(item, each) for item in accepted])
            self._characters += each * len(accepted)
            self._refused += len(items) - len(accepted)

    def close(self) -> None:
        """Write the remaining items, and stop."""
        self._writer.close()
        self._writer.attempt(self._flush)
        self._segments.close()

    def _write(self) -> None:
        self._count_refused()
        if time.monotonic() < self._retry:
            return
        try:
            self._flush()
            if time.monotonic() - self._cleaned > CLEAN_SECONDS:
                self._cleaned = time.monotonic()
                self._segments.clean()
        finally:
            self._began = math.inf

    def _count_refused(self) -> None:
        with self._changing:
            refused, self._refused = self._refused, 0
        if refused:
            self._metrics.count_dropped(self._name, "backlog", refused)

    def _flush(self) -> None:
        """Write the new items. Those that cannot be written are dropped."""
        while self._new:
            self._began = time.monotonic()
            items = self._taken()
            unwritten = len(items)
            try:
                for lines in self._batches(self._encode(items)):
                    size = self._segments.append(lines)
                    unwritten -= len(lines)
                    self._metrics.observe_recorded(self._name, len(lines), size)
            except Exception as error:
                self._error, self._retry = type(error).__name__, time.monotonic() + RETRY_SECONDS
                self._metrics.count_dropped(self._name, "error", unwritten)
                raise
            self._error = None
            if unwritten:
                self._metrics.count_dropped(self._name, "length", unwritten)

    def _taken(self) -> list[Item]:
        """The next items, less those that the share leaves out."""
        with self._changing:
            taken = [self._new.popleft() for _ in range(min(len(self._new), BATCH_ITEMS))]
            self._characters -= sum(characters for _, characters in taken)
        return [item for item, _ in taken if self._share >= 1 or self._random.random() < self._share]

    def _batches(self, lines: Iterable[bytes]) -> Iterable[list[bytes]]:
        """The lines in batches that fit a segment. A single line that does not fit is left out."""
        batch: list[bytes] = []
        length = 0
        for line in lines:
            self._began = time.monotonic()  # lines about large pictures may take seconds together
            if len(line) > self._segments.batch_bytes:
                continue
            if length + len(line) > self._segments.batch_bytes:
                yield batch
                batch, length = [], 0
            batch.append(line)
            length += len(line) + 1
        if batch:
            yield batch
