"""Concurrent requests share model calls.

The requests of a worker share one thread: while their bytes are there to be read, they queue up, and then the model is
called once for all of them. Where the call before served more requests than wait now, the next one waits a moment for
as many to gather; a lone request is called for at once. A short call is made in that very thread, which costs least; a
long one in another, so that requests are read and answered meanwhile.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from api.waiting import in_thread, thread_is_shared

Answer = tuple[Any, np.ndarray]  # the model that answered, and probabilities (n, k)

SHORT_SECONDS = 0.02


class QueueFullError(Exception):
    """More texts wait than may."""


class TooLateError(Exception):
    """The deadline passed before the model answered."""


@dataclass
class _Waiting:
    texts: Sequence[str]
    result: Any  # gevent.event.AsyncResult, of an Answer


class Batcher:
    """A bounded queue in front of the model, for requests that share a thread; others call the model themselves.

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
        self._companions = 1  # requests in the call before: as many are likely on their way
        self._seconds_a_text = 0.0  # of the call before
        self._calling = self._closed = False
        self._start: Any = None  # gevent's timer, while requests gather
        self.waiting = 0  # texts in the queue

    def submit(self, texts: Sequence[str], deadline_seconds: float) -> Answer:
        """The model that answered and its probabilities (n, k).

        Raises:
            QueueFullError: nothing was queued.
            TooLateError: not answered within `deadline_seconds`; what had not begun is not begun any more.
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
        """Answer what waits and take nothing more."""
        self._closed = True
        while self._queue:
            self._answer(self._next_batch())

    def _schedule(self) -> None:
        """See to it that a call is made: as soon as nothing else is to be read, or after a moment."""
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
        self._calling = bool(batch)  # all that waited may have given up
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
        except Exception as error:  # noqa: BLE001  whatever it is, those who wait must hear of it
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
