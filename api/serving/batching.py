"""Batching: concurrent requests share model calls, and callers share the model.

The requests of a worker share one thread. The worker first reads all requests that have arrived, then answers them with
one model call. If the previous call answered more requests than are waiting now, the next call waits briefly for as
many to arrive. A lone request is answered at once. A short call runs in the shared thread, where it costs least. A long
call runs in another thread, so that the worker reads and answers other requests meanwhile. A large request is cut into
slices, and a fair queue chooses the next slice.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from api.model.answers import InvalidAnswerError, invalid_rows
from api.model.cost import Cost, size_of
from api.model.model import Asked
from api.serving.admission import Admission, QueueFullError, TooLateError, whole_seconds
from api.serving.batches import route_of, seconds_of, take_batch, texts_of
from api.serving.deployment import Route
from api.serving.fair_queue import FairQueue
from api.serving.model_calls import ModelCalls, Outcome
from api.serving.slices import Answer, Request, Slice, cut
from api.waiting import thread_is_shared

CLOSING_SECONDS = 2.0


def never() -> bool:
    """Return False, for clients whose departure cannot be detected."""
    return False


class Batcher:
    """A bounded, fair queue in front of the model. Requests that have a thread of their own bypass it.

    Args:
        calls: makes the model calls.
        cost: returns the current estimate of the cost of calls on a route.
        batch_size: maximum number of texts per call.
        wait_seconds: longest time that a call waits for more requests.
        queue_size: maximum number of waiting texts.
        deadline_seconds: time limit for an answer.
        observe: called after every model call with the model, its number of texts and its seconds.
        on_hung_canary: called when a call to the canary has hung, before the champion gets its texts.
        invalid_rows: returns a mask of the rows of an answer that are not valid; None if all are valid.
        size: returns the size of a text in bytes.
    """

    def __init__(
        self,
        calls: ModelCalls,
        cost: Callable[[Route], Cost],
        batch_size: int,
        wait_seconds: float,
        queue_size: int,
        deadline_seconds: float,
        observe: Callable[[Any, int, float], None] = lambda model, texts, seconds: None,
        on_hung_canary: Callable[[], None] = lambda: None,
        invalid_rows: Callable[[np.ndarray], np.ndarray | None] = invalid_rows,
        size: Callable[[Asked], int] = size_of,
    ) -> None:
        self._calls, self._cost, self._observe = calls, cost, observe
        self._on_hung_canary, self._invalid_rows, self._size = on_hung_canary, invalid_rows, size
        self._batch_size, self._wait_seconds, self._deadline_seconds = batch_size, wait_seconds, deadline_seconds
        self._queue = FairQueue()
        self._admission = Admission(self._queue, queue_size, deadline_seconds)
        self._retries: deque[list[Slice]] = deque()  # parts of a call that failed
        self._requests = 0  # number of requests that have not ended
        self._busy_seconds, self._busy_since = 0.0, 0.0
        self._expected = 1  # number of requests during the previous call; as many will probably arrive again
        self._calling = self._closed = False
        self._start: Any = None  # gevent's timer, while requests gather

    @property
    def waiting(self) -> int:
        """The number of waiting texts."""
        return self._queue.texts

    @property
    def busy_seconds(self) -> float:
        """The seconds in which a request was in progress until now."""
        running = time.monotonic() - self._busy_since if self._requests else 0.0
        return self._busy_seconds + running

    def submit(
        self,
        texts: Sequence[Asked],
        caller: str = "",
        is_abandoned: Callable[[], bool] = never,
        route: Route = "champion",
    ) -> Answer:
        """Answer texts. Returns the model that answered, and an array with a row for each text.

        Args:
            texts: the texts.
            caller: name of the caller, who shares the model with the others.
            is_abandoned: returns whether the client has disconnected. Its waiting slices are then dropped.
            route: which of the deployed versions answers.

        Raises:
            TooLargeError: the model cannot answer so many texts before the deadline.
            QueueFullError: too much work is waiting; nothing was queued.
            TooLateError: the deadline has passed. The waiting slices are dropped.
            InvalidAnswerError: the model answered numbers that its task does not allow.
        """
        request, cost = Request(caller, texts, None, is_abandoned, route), self._cost(route)
        request.slices = cut(request, cost, self._batch_size, self._size)
        self._admission.check_size(request, cost)
        if self._closed or self._calls.is_stuck:
            raise QueueFullError
        if not thread_is_shared():
            return self._answer_directly(request)
        self._admission.check_wait(request)
        while displaced := self._admission.displaced_by(request):
            self._fail(displaced, QueueFullError(whole_seconds(self._queue.seconds)))
        import gevent
        from gevent.event import AsyncResult

        request.result = AsyncResult()
        for each in request.slices:
            self._queue.push(each)
        if not self._requests:
            self._busy_since = time.monotonic()
        self._requests += 1
        self._schedule()
        try:
            return request.result.get(timeout=self._deadline_seconds)
        except gevent.Timeout:
            raise TooLateError(whole_seconds(self._queue.seconds)) from None
        finally:
            self._end(request)

    def close(self) -> None:
        """Answer the waiting requests, for a limited time, and accept no more."""
        self._closed = True
        until = time.monotonic() + CLOSING_SECONDS
        while batch := self._next_batch():
            if self._calls.hung or time.monotonic() > until:
                for each in batch:
                    self._fail(each.request, QueueFullError())
            else:
                self._finish(batch, self._calls.outcome(texts_of(batch), route_of(batch)))

    def _answer_directly(self, request: Request) -> Answer:
        for each in request.slices:
            outcome = self._calls.outcome(list(each.texts), request.route)
            if outcome.answer is None:
                raise outcome.error or InvalidAnswerError
            model, rows = outcome.answer
            self._observe(model, len(rows), outcome.seconds)
            if self._invalid_rows(rows) is not None:
                raise InvalidAnswerError
            if request.model not in (None, model):
                request.model = None  # the version has changed, and one model answers a whole request
                return self._answer_directly(request)
            request.model, request.answers[each] = model, rows
        assert request.model is not None, "a request has at least one text"
        return request.model, request.answer()

    def _schedule(self) -> None:
        """Schedule a call: at once, after all arrived bytes are read, or after the wait for more requests."""
        if self._calling or self._calls.is_stuck or not (self._queue.texts or self._retries):
            return
        import gevent

        loop = gevent.get_hub().loop
        if self._requests >= self._expected or self._queue.texts >= self._batch_size or self._retries:
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
        self._calling = bool(batch)  # it is empty if all waiting requests have ended
        if not batch:
            return
        seconds = seconds_of(batch, self._cost)
        self._calls.call(texts_of(batch), route_of(batch), seconds, partial(self._end_call, batch))

    def _end_call(self, batch: list[Slice], outcome: Outcome | None) -> None:
        try:
            if outcome is not None:
                self._finish(batch, outcome)
            elif route_of(batch) == "canary":
                self._on_hung_canary()  # after this, the champion answers on the route of the canary
                self._retries.append(batch)
            else:
                raise TooLateError(whole_seconds(self._queue.seconds))
        except Exception as error:  # noqa: BLE001  the waiting requests must see every error
            for each in batch:
                self._fail(each.request, error)
        finally:
            self._calling = False
            self._schedule()

    def _next_batch(self) -> list[Slice]:
        """The slices of the next call: those of a failed one, or the next of the queue."""
        while self._retries:
            retried = [each for each in self._retries.popleft() if not each.request.has_ended]
            if retried:
                return retried
        batch = take_batch(
            self._queue, self._cost, self._batch_size, lambda request: self._fail(request, TooLateError())
        )
        self._expected = self._requests
        return batch

    def _finish(self, batch: list[Slice], outcome: Outcome) -> None:
        """Give each request its answer. Retry a failed call in halves until the failing slice is alone."""
        if outcome.answer is None:
            if len(batch) == 1:
                self._fail(batch[0].request, outcome.error or InvalidAnswerError())
            else:
                middle = len(batch) // 2
                self._retries.extend([batch[:middle], batch[middle:]])
            return
        model, rows = outcome.answer
        self._cost(route_of(batch)).correct(seconds_of(batch, self._cost), outcome.seconds)
        self._observe(model, len(rows), outcome.seconds)
        invalid = self._invalid_rows(rows)
        start = 0
        for each in batch:
            end = start + len(each.texts)
            if invalid is not None and invalid[start:end].any():
                self._fail(each.request, InvalidAnswerError())
            elif len(each.request.slices) == 1:
                if not each.request.has_ended:
                    each.request.result.set((model, rows[start:end]))
                    self._end(each.request)
            else:
                self._keep(each, model, rows[start:end])
            start = end

    def _keep(self, answered: Slice, model: Any, rows: np.ndarray) -> None:
        request = answered.request
        if request.has_ended:
            return
        if request.model not in (None, model):
            # The version has changed, and one model answers a whole request.
            for each in request.answers:
                self._queue.push(each)
            request.answers = {}
        request.model = model
        request.answers[answered] = rows
        if len(request.answers) == len(request.slices):
            request.result.set((model, request.answer()))
            self._end(request)

    def _fail(self, request: Request, error: Exception) -> None:
        if not request.has_ended:
            request.result.set_exception(error)
            self._end(request)

    def _end(self, request: Request) -> None:
        """Mark a request as ended, and drop its waiting slices."""
        if not request.has_ended:
            request.has_ended = True
            self._requests -= 1
            if not self._requests:
                self._busy_seconds += time.monotonic() - self._busy_since
            if len(request.slices) > 1 or request.slices[0].is_waiting:
                self._queue.drop(request.slices)
            # A request and its slices hold each other, so its texts would stay until the garbage collector runs.
            request.slices, request.answers = [], {}
