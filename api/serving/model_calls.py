"""Model calls: short ones in the shared thread, long ones in another. A call that never returns is abandoned.

A canary may fail in ways that its trial did not show, so all of its calls run in the other thread. They have less time,
so that the champion can still answer before the deadline.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from api.model.answers import InvalidAnswerError
from api.model.model import Asked
from api.serving.deployment import Route
from api.serving.slices import Answer

SHORT_SECONDS = 0.02  # a call that is estimated to be shorter runs in the shared thread
MOST_HUNG_CALLS = 4
CANARY_SHARE = 0.25  # share of the time limit for a call to a canary
CANARY_TIMES = 3  # a call to a canary may take this many times as long as estimated, even beyond that share


class Outcome(NamedTuple):
    """The result of a call: its seconds, and an answer or an error."""

    seconds: float
    answer: Answer | None
    error: Exception | None


@dataclass(slots=True)
class _LongCall:
    """A call in the model's thread, its callback, and the timer that ends the wait for it."""

    then: Callable[[Outcome | None], None]
    limit: Any
    has_hung: bool = False


class ModelCalls:
    """Calls a model. Only the shared thread may use it, except for `outcome`.

    Args:
        predict: maps texts and their route to the model that answers, and a row for each text.
        limit_seconds: time limit for a call. A longer call counts as hung.
        on_hung_calls: called when MOST_HUNG_CALLS calls have hung.
        trusts_model: whether short calls may run in the shared thread.

    Attributes:
        trusts_model: as above. It can change later.
        shared_since: `time.monotonic()` at the start of a call in the shared thread, None outside of such calls.
        hung: number of hung calls that have not returned since.
    """

    def __init__(
        self,
        predict: Callable[[list[Asked], Route], Answer],
        limit_seconds: float,
        on_hung_calls: Callable[[], None] = lambda: None,
        trusts_model: bool = True,
    ) -> None:
        self._predict, self._limit_seconds = predict, limit_seconds
        self._on_hung_calls, self.trusts_model = on_hung_calls, trusts_model
        self._thread: Any = None  # api.serving.model_thread.ModelThread
        self.shared_since: float | None = None
        self.hung = 0

    @property
    def is_stuck(self) -> bool:
        """True if so many calls have hung that the process makes no more."""
        return self.hung >= MOST_HUNG_CALLS

    def outcome(self, texts: list[Asked], route: Route = "champion") -> Outcome:
        """Call the model in this thread."""
        answer: Answer | None = None
        error: Exception | None = None
        started = time.perf_counter()
        try:
            answer = self._predict(texts, route)
        except Exception as raised:  # noqa: BLE001  the waiting requests must see every error
            error = raised
        if answer is not None and len(answer[1]) != len(texts):
            answer, error = None, InvalidAnswerError()
        return Outcome(time.perf_counter() - started, answer, error)

    def call(self, texts: list[Asked], route: Route, seconds: float, then: Callable[[Outcome | None], None]) -> None:
        """Call the model, and hand over the outcome in the shared thread.

        Args:
            texts: the texts.
            route: which of the deployed versions answers.
            seconds: the estimated time, in seconds.
            then: called with the outcome, or with None if the call has hung.
        """
        if self.trusts_model and seconds < SHORT_SECONDS and route == "champion":
            self.shared_since = time.monotonic()
            outcome = self.outcome(texts, route)
            self.shared_since = None
            then(outcome)
            return
        import gevent

        from api.serving.model_thread import ModelThread

        self._thread = self._thread or ModelThread()
        limit = self._limit_seconds
        if route == "canary":
            limit = min(max(CANARY_SHARE * limit, CANARY_TIMES * seconds), limit)
        call = _LongCall(then, gevent.get_hub().loop.timer(limit))
        call.limit.start(self._give_up, call)
        self._thread.call(partial(self.outcome, texts, route), partial(self._end, call))

    def _end(self, call: _LongCall, outcome: Outcome) -> None:
        if call.has_hung:
            self.hung -= 1  # it has returned after all
        else:
            call.limit.close()
            call.then(outcome)

    def _give_up(self, call: _LongCall) -> None:
        """Abandon a hung call with its thread. The next call gets a new thread."""
        call.limit.close()
        call.has_hung = True
        self.hung += 1
        self._thread.end()
        self._thread = None
        call.then(None)
        if self.is_stuck:
            self._on_hung_calls()
