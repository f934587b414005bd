"""Batching: concurrent requests share model calls.

The requests of a worker share one thread. The worker first reads all requests that have arrived, then answers them with
one model call. If the previous call served more requests than are waiting now, the next call waits briefly for as many
to gather. A lone request is answered at once. A short call runs in the shared thread, which costs least. A long call
runs in another thread, so that requests are read and answered meanwhile.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from api.model.model import Model
from api.waiting import in_thread, thread_is_shared

Answer = tuple[Model, np.ndarray]  # the model that answered, and its probabilities (n, k)

SHORT_SECONDS = 0.02  # a shorter call runs in the shared thread


class QueueFullError(Exception):
    """Too many texts are waiting."""


class TooLateError(Exception):
    """The model did not answer before the deadline."""


@dataclass
class _Waiting:
    texts: Sequence[str]
    result: Any  # gevent.event.AsyncResult, of an Answer


class Batcher:
    """A bounded queue in front of the model, for requests that share a thread. Other requests call the model directly.

    Args:
        predict: maps texts to the model that answers and its probabilities (n, k).
        batch_size: maximum number of texts per call. A larger request gets a call of its own.
        wait_seconds: longest time that requests gather.
        queue_size: maximum number of waiting texts.
        observe: called after every model call with its number of texts and its seconds.
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
        self._companions = 1  # requests in the previous call: as many are probably on their way
        self._seconds_a_text = 0.0  # in the previous call
        self._calling = self._closed = False
        self._start: Any = None  # gevent's timer, while requests gather
        self.waiting = 0  # texts in the queue

    def submit(self, texts: Sequence[str], deadline_seconds: float) -> Answer:
        """Classify texts. Returns the model that answered and its probabilities (n, k).

        Raises:
            QueueFullError: too many texts are waiting; nothing was queued.
            TooLateError: `deadline_seconds` have passed. A call that has not begun is dropped.
        """
        if self._closed or self.waiting + len(texts) > max(self._queue_size, len(texts)):
            raise QueueFullError
        if not thread_is_shared():
            return self._call(list(texts))
        import gevent
        from gevent.event import AsyncResult

        item = _Waiting(texts, AsyncResult())
        self._queue.append(item)
        self.waiting += len(texts)
        self._schedule()
        try:
            return item.result.get(timeout=deadline_seconds)
        except gevent.Timeout:
            if item in self._queue:
                self._queue.remove(item)
                self.waiting -= len(texts)
            raise TooLateError from None

    def close(self) -> None:
        """Answer the waiting requests, and accept no more."""
        self._closed = True
        while self._queue:
            self._answer(self._next_batch())

    def _schedule(self) -> None:
        """Schedule a call: when no more bytes are to be read, or after the wait."""
        if self._calling or not self._queue:
            return
        import gevent

        loop = gevent.get_hub().loop
        if len(self._queue) >= self._companions or self.waiting >= self._batch_size:
            self._stop_waiting()
            self._calling = True
            loop.run_callback(self._make_call)
        elif self._start is None:
            self._start = loop.timer(self._wait_seconds)
            self._start.start(self._make_call)

    def _stop_waiting(self) -> None:
        if self._start is not None:
            self._start.close()
            self._start = None

    def _make_call(self) -> None:
        self._stop_waiting()
        batch = self._next_batch()
        self._calling = bool(batch)  # all waiting requests may have given up
        if not batch:
            return
        if self._seconds_a_text * sum(len(item.texts) for item in batch) < SHORT_SECONDS:
            self._answer(batch)
            self._called()
        else:
            import gevent

            gevent.spawn(self._answer_from_thread, batch)

    def _answer_from_thread(self, batch: list[_Waiting]) -> None:
        try:
            self._answer(batch)
        finally:
            self._called()

    def _called(self) -> None:
        self._calling = False
        self._schedule()

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._queue and (not batch or size + len(self._queue[0].texts) <= self._batch_size):
            batch.append(self._queue.popleft())
            size += len(batch[-1].texts)
        self.waiting -= size
        self._companions = len(batch) + len(self._queue)
        return batch

    def _answer(self, batch: list[_Waiting]) -> None:
        try:
            model, probabilities = self._call([text for item in batch for text in item.texts])
        except Exception as error:  # noqa: BLE001  the waiting requests must see every error
            for item in batch:
                item.result.set_exception(error)
            return
        start = 0
        for item in batch:
            item.result.set((model, probabilities[start : start + len(item.texts)]))
            start += len(item.texts)

    def _call(self, texts: list[str]) -> Answer:
        started = time.perf_counter()
        answer = in_thread(self._predict, texts)
        seconds = time.perf_counter() - started
        self._seconds_a_text = seconds / max(len(texts), 1)
        self._observe(len(texts), seconds)
        return answer
