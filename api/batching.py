"""Concurrent requests share model calls.

A thread takes what waits and calls the model once for all of it. A lone request is called for at once; only where the
call before served several requests does the next one wait a moment for as many to gather.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np

Answer = tuple[Any, np.ndarray]  # the model that answered, and probabilities (n, k)


class QueueFullError(Exception):
    """More texts wait than may."""


class TooLateError(Exception):
    """The deadline passed before the model answered."""


@dataclass
class _Waiting:
    texts: Sequence[str]
    future: "Future[Answer]"


class Batcher:
    """A bounded queue in front of the model.

    Args:
        predict: texts to the model that answers and its probabilities (n, k).
        batch_size: texts in one call at most; a single request with more is called by itself.
        wait_seconds: how long requests gather.
        queue_size: texts that wait at most.
        observe: called with the number of texts and the seconds of every model call.
    """

    def __init__(
        self,
        predict: Callable[[list[str]], Answer],
        batch_size: int,
        wait_seconds: float,
        queue_size: int,
        observe: Callable[[int, float], None] = lambda texts, seconds: None,
    ) -> None:
        self._predict, self._observe = predict, observe
        self._batch_size, self._wait_seconds, self._queue_size = batch_size, wait_seconds, queue_size
        self._queue: deque[_Waiting] = deque()
        self._texts = 0
        self._changed = threading.Condition()
        self._companions = 1  # requests in the call before: as many are likely on their way
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="batcher", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Texts in the queue."""
        return self._texts

    def submit(self, texts: Sequence[str], deadline_seconds: float) -> Answer:
        """The model that answered and its probabilities (n, k).

        Raises:
            QueueFullError: nothing was queued.
            TooLateError: not answered within `deadline_seconds`; what had not begun is not begun any more.
        """
        item = _Waiting(texts, Future())
        with self._changed:
            if self._closed or self._texts + len(texts) > max(self._queue_size, len(texts)):
                raise QueueFullError
            self._queue.append(item)
            self._texts += len(texts)
            self._changed.notify()
        try:
            return item.future.result(timeout=deadline_seconds)
        except TimeoutError:
            item.future.cancel()
            raise TooLateError from None

    def close(self) -> None:
        """Answer what waits, take nothing more, end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _serve(self) -> None:
        while batch := self._next_batch():
            live = [item for item in batch if item.future.set_running_or_notify_cancel()]
            if live:
                self._answer(live)

    def _next_batch(self) -> list[_Waiting]:
        """Wait for requests; empty once closed and drained."""
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            until = time.monotonic() + self._wait_seconds
            while len(self._queue) < self._companions and self._texts < self._batch_size and not self._closed:
                remaining = until - time.monotonic()
                if remaining <= 0:
                    break
                self._changed.wait(remaining)
            batch: list[_Waiting] = []
            size = 0
            while self._queue and (not batch or size + len(self._queue[0].texts) <= self._batch_size):
                item = self._queue.popleft()
                size += len(item.texts)
                batch.append(item)
            self._texts -= size
            self._companions = len(batch) + len(self._queue)
            return batch

    def _answer(self, batch: list[_Waiting]) -> None:
        texts = [text for item in batch for text in item.texts]
        started = time.perf_counter()
        try:
            model, probabilities = self._predict(texts)
        except Exception as error:  # noqa: BLE001  whatever it is, those who wait must hear of it
            for item in batch:
                item.future.set_exception(error)
            return
        self._observe(len(texts), time.perf_counter() - started)
        start = 0
        for item in batch:
            item.future.set_result((model, probabilities[start : start + len(item.texts)]))
            start += len(item.texts)
