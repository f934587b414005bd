"""Batching: concurrent requests share model calls, and callers share the model.

The requests of a worker share one thread. The worker first reads all requests that have arrived, then answers them with
one model call. If the previous call served more requests than are waiting now, the next call waits briefly for as many
to gather. A lone request is answered at once. A short call runs in the shared thread, which costs least. A long call
runs in another thread, so that requests are read and answered meanwhile. A large request is cut into slices, and a fair
queue decides whose slice is next.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from api.model.answers import InvalidAnswerError, invalid_rows
from api.model.cost import Cost
from api.serving.fair_queue import FairQueue
from api.serving.slices import SLICE_SECONDS, Answer, Request, Slice, cut
from api.waiting import thread_is_shared

SHORT_SECONDS = 0.02  # a call that is estimated to be shorter runs in the shared thread
JOINING_SECONDS = 0.001  # what a call of its own costs beside the model
MOST_HUNG_CALLS = 4
LONGEST_RETRY_SECONDS = 60
CLOSING_SECONDS = 2.0


class OverloadError(Exception):
    """The model has too much to do.

    Args:
        retry_seconds: when it will have less.
    """

    def __init__(self, retry_seconds: int = 1) -> None:
        super().__init__()
        self.retry_seconds = retry_seconds


class QueueFullError(OverloadError):
    """Too much work is waiting for the model."""


class TooLateError(OverloadError):
    """The model did not answer before the deadline."""


class TooLargeError(Exception):
    """A request that the model cannot answer before the deadline, even if nothing else waits.

    Args:
        texts: how many such texts it can answer.
        seconds: the estimated time for the request.
    """

    def __init__(self, texts: int, seconds: float) -> None:
        super().__init__()
        self.texts, self.seconds = texts, seconds


class _Outcome(NamedTuple):
    """The result of a model call: an answer or an error."""

    seconds: float
    answer: Answer | None
    error: Exception | None


@dataclass(slots=True)
class _LongCall:
    """A call in the model's thread, and the timer that ends the wait for it."""

    batch: list[Slice]
    limit: Any
    has_hung: bool = False


def never() -> bool:
    """Whether a client has hung up that cannot be asked."""
    return False


class Batcher:
    """A bounded, fair queue in front of the model, for requests that share a thread. Other requests call it directly.

    Args:
        predict: maps texts to the model that answers and its probabilities (n, k).
        cost: the present estimate of what calls cost.
        batch_size: maximum number of texts per call.
        wait_seconds: longest time that requests gather.
        queue_size: maximum number of waiting texts.
        deadline_seconds: time limit for an answer. A call that takes longer has hung.
        observe: called after every model call with its number of texts and its seconds.
        on_hung_calls: called when so many calls have hung that the process cannot go on.
        trusts_model: whether short calls may run in the shared thread.
    """

    def __init__(
        self,
        predict: Callable[[list[str]], Answer],
        cost: Callable[[], Cost],
        batch_size: int,
        wait_seconds: float,
        queue_size: int,
        deadline_seconds: float,
        observe: Callable[[int, float], None] = lambda texts, seconds: None,
        on_hung_calls: Callable[[], None] = lambda: None,
        trusts_model: bool = True,
    ) -> None:
        self._predict, self._cost, self._observe = predict, cost, observe
        self._batch_size, self._wait_seconds, self._queue_size = batch_size, wait_seconds, queue_size
        self._deadline_seconds, self._on_hung_calls, self._trusts_model = deadline_seconds, on_hung_calls, trusts_model
        self._queue = FairQueue()
        self._again: deque[list[Slice]] = deque()  # parts of a call that failed
        self._requests = 0  # that have not ended
        self._companions = 1  # requests during the previous call: as many are probably on their way
        self._calling = self._closed = False
        self._start: Any = None  # gevent's timer, while requests gather
        self._thread: Any = None  # api.serving.model_thread.ModelThread
        self._hung_calls = 0
        self.shared_call_since: float | None = None  # time.monotonic() at the start of a call in the shared thread

    @property
    def waiting(self) -> int:
        """The number of waiting texts."""
        return self._queue.texts

    def submit(self, texts: Sequence[str], caller: str = "", is_abandoned: Callable[[], bool] = never) -> Answer:
        """Classify texts. Returns the model that answered and its probabilities (n, k).

        Args:
            texts: what to classify.
            caller: whose share of the model the request counts towards.
            is_abandoned: tells whether the client has hung up. What has not begun by then is dropped.

        Raises:
            TooLargeError: the model cannot answer so many texts before the deadline.
            QueueFullError: too much work is waiting; nothing was queued.
            TooLateError: the deadline has passed. What has not begun is dropped.
            InvalidAnswerError: the model answered numbers that are not probabilities.
        """
        request = Request(caller, texts, None, is_abandoned)
        request.slices = cut(request, self._cost(), self._batch_size)
        self._check_size(request)
        if self._closed:
            raise QueueFullError
        if not thread_is_shared():
            return self._answer_directly(request)
        self._make_room(request)
        import gevent
        from gevent.event import AsyncResult

        request.result = AsyncResult()
        for each in request.slices:
            self._queue.push(each)
        self._requests += 1
        self._schedule()
        try:
            return request.result.get(timeout=self._deadline_seconds)
        except gevent.Timeout:
            raise TooLateError(self._retry_seconds(self._queue.seconds)) from None
        finally:
            self._end(request)

    def close(self) -> None:
        """Answer the waiting requests, for a limited time, and accept no more."""
        self._closed = True
        until = time.monotonic() + CLOSING_SECONDS
        while batch := self._next_batch():
            if self._hung_calls or time.monotonic() > until:
                for each in batch:
                    self._fail(each.request, QueueFullError())
            else:
                self._finish(batch, self._compute(batch))

    def _check_size(self, request: Request) -> None:
        """Refuse what even an idle service cannot answer in time."""
        cost, count = self._cost(), len(request.texts)
        if len(request.slices) == 1 and request.slices[0].seconds <= self._deadline_seconds:
            return
        # A pace above the measured one may come from other callers' texts, so it must not lead to a refusal.
        seconds = sum(cost.measured_seconds(len(each.texts), each.size) for each in request.slices) * min(cost.pace, 1)
        if seconds > self._deadline_seconds:
            raise TooLargeError(int(count * self._deadline_seconds / seconds), seconds)

    def _make_room(self, request: Request) -> None:
        """Refuse a request that would have to wait too long, or drop one of a caller who has more waiting."""
        slices = request.slices
        seconds = slices[0].seconds if len(slices) == 1 else sum(each.seconds for each in slices)
        if self._hung_calls >= MOST_HUNG_CALLS:
            raise QueueFullError(self._retry_seconds(self._deadline_seconds))
        queue = self._queue
        if queue.seconds + seconds > self._deadline_seconds and queue.texts:
            late = queue.seconds_until_done(request.caller, seconds) - self._deadline_seconds
            if late > 0:
                raise QueueFullError(self._retry_seconds(late))
        while queue.texts and queue.texts + len(request.texts) > self._queue_size:
            dropped = queue.latest_of_largest(request.caller, len(request.texts))
            full = QueueFullError(self._retry_seconds(queue.seconds))
            if dropped is None:
                raise full
            self._fail(dropped.request, full)

    def _retry_seconds(self, seconds: float) -> int:
        return min(max(math.ceil(seconds), 1), LONGEST_RETRY_SECONDS)

    def _answer_directly(self, request: Request) -> Answer:
        for each in request.slices:
            outcome = self._compute([each])
            if outcome.answer is None:
                raise outcome.error or InvalidAnswerError
            model, rows = outcome.answer
            self._observe(len(rows), outcome.seconds)
            if invalid_rows(rows) is not None:
                raise InvalidAnswerError
            if request.model not in (None, model):
                return self._answer_directly(request)  # another version was loaded in between
            request.model, request.answers[each] = model, rows
        assert request.model is not None, "a request has at least one text"
        return request.model, request.answer()

    def _schedule(self) -> None:
        """Schedule a call: when no more bytes are to be read, or after the wait."""
        if self._calling or not (self._queue.texts or self._again):
            return
        import gevent

        loop = gevent.get_hub().loop
        if self._requests >= self._companions or self._queue.texts >= self._batch_size or self._again:
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
        if self._trusts_model and self._seconds(batch) < SHORT_SECONDS:
            self.shared_call_since = time.monotonic()
            outcome = self._compute(batch)
            self.shared_call_since = None
            self._end_call(batch, outcome)
        else:
            self._call_in_thread(batch)

    def _call_in_thread(self, batch: list[Slice]) -> None:
        import gevent

        from api.serving.model_thread import ModelThread

        self._thread = self._thread or ModelThread()
        call = _LongCall(batch, gevent.get_hub().loop.timer(self._deadline_seconds))
        call.limit.start(self._give_up, call)
        self._thread.call(partial(self._compute, batch), partial(self._end_long_call, call))

    def _end_long_call(self, call: _LongCall, outcome: _Outcome) -> None:
        if call.has_hung:
            self._hung_calls -= 1  # it did return
        else:
            call.limit.close()
            self._end_call(call.batch, outcome)

    def _give_up(self, call: _LongCall) -> None:
        """Go on in another thread, because a call has hung. Its requests are late by now."""
        call.limit.close()
        call.has_hung = True
        self._hung_calls += 1
        self._thread.end()
        self._thread = None
        for each in call.batch:
            self._fail(each.request, TooLateError(self._retry_seconds(self._queue.seconds)))
        if self._hung_calls < MOST_HUNG_CALLS:
            self._calling = False
            self._schedule()
        else:
            self._on_hung_calls()

    def _end_call(self, batch: list[Slice], outcome: _Outcome) -> None:
        try:
            self._finish(batch, outcome)
        except Exception as error:  # noqa: BLE001  the waiting requests must see every error
            for each in batch:
                self._fail(each.request, error)
        finally:
            self._calling = False
            self._schedule()

    def _next_batch(self) -> list[Slice]:
        """The slices of the next call: as many as fit into its time and size, in the order of the queue."""
        while self._again:
            again = [each for each in self._again.popleft() if not each.request.has_ended]
            if again:
                return again
        queue, cost = self._queue, self._cost()
        batch: list[Slice] = []
        texts = size = 0
        seconds = 0.0
        while (following := queue.peek()) is not None:
            texts += len(following.texts)
            size = max(size, following.size)
            joined = cost.seconds(texts, size)
            # Padding to the longest text may cost more than a call of its own.
            if batch and (
                texts > self._batch_size
                or joined > max(SLICE_SECONDS, seconds)
                or joined > seconds + following.seconds + JOINING_SECONDS
            ):
                break
            queue.pop()
            if following.seconds >= SHORT_SECONDS and following.request.is_abandoned():
                self._fail(following.request, TooLateError())
                texts -= len(following.texts)
                continue
            batch.append(following)
            seconds = joined
        self._companions = self._requests
        return batch

    def _seconds(self, batch: list[Slice]) -> float:
        if len(batch) == 1:
            return batch[0].seconds
        return self._cost().seconds(sum(len(each.texts) for each in batch), max(each.size for each in batch))

    def _compute(self, batch: list[Slice]) -> _Outcome:
        texts = [text for each in batch for text in each.texts]
        started = time.perf_counter()
        try:
            answer, error = self._predict(texts), None
            if len(answer[1]) != len(texts):
                answer, error = None, InvalidAnswerError()
        except Exception as raised:  # noqa: BLE001  the waiting requests must see every error
            answer, error = None, raised
        return _Outcome(time.perf_counter() - started, answer, error)

    def _finish(self, batch: list[Slice], outcome: _Outcome) -> None:
        """Give each request its answer. If the call failed, its halves are called again until the cause is alone."""
        if outcome.answer is None:
            if len(batch) == 1:
                self._fail(batch[0].request, outcome.error or InvalidAnswerError())
            else:
                middle = len(batch) // 2
                self._again.extend([batch[:middle], batch[middle:]])
            return
        model, rows = outcome.answer
        self._cost().correct(self._seconds(batch), outcome.seconds)
        self._observe(len(rows), outcome.seconds)
        invalid = invalid_rows(rows)
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
        """Drop what remains of a request."""
        if not request.has_ended:
            request.has_ended = True
            self._requests -= 1
            if len(request.slices) > 1 or request.slices[0].is_waiting:
                self._queue.drop(request.slices)
