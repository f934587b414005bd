"""The comparison of a shadow with the champion, in a thread of low priority."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from api.model.classifier import Classifier
from api.model.model import Asked
from api.observing.version_metrics import VersionMetrics
from api.serving.canary import MOST_FAILED_CALLS, checked_answer
from api.serving.spare_time import SpareTime, lower_priority
from api.serving.store import Prediction

CALL_SECONDS = 0.005  # longest estimated time of a call, unless a single text takes longer
CALL_TEXTS = 32
POLL_SECONDS = 0.05


class Copy(NamedTuple):
    """An answered text.

    Attributes:
        model: the champion that answered.
        asked: what it was asked.
        prediction: the prediction.
        probabilities: a number for each label.
    """

    model: Classifier
    asked: Asked
    prediction: Prediction
    probabilities: list[float]


class Disagreement(NamedTuple):
    """A text for which the shadow predicts another class than the champion.

    Attributes:
        copy: the text, with the champion's answer.
        shadow: number of the shadow.
        probabilities: the shadow's probabilities.
    """

    copy: Copy
    shadow: int
    probabilities: list[float]


class Comparison(threading.Thread):
    """Classifies copies with a shadow until it ends. It is a daemon, because a call may hang.

    Args:
        model: the shadow.
        metrics: counts comparisons and failures.
        keep: called with the disagreements of a call.
        on_failures: called when MOST_FAILED_CALLS calls in a row have failed, with the reason.
        busy_clock: the seconds in which answers were in progress until now.
        clock: measures the processor time of calls.

    Attributes:
        model: the shadow.
        copies: the copies that wait.
        since: `time.monotonic()` at the start of the present call, None between calls.
        has_ended: whether the thread must end, after the present call.
    """

    def __init__(
        self,
        model: Classifier,
        metrics: VersionMetrics,
        keep: Callable[[list[Disagreement]], None],
        on_failures: Callable[[Classifier, str], None],
        busy_clock: Callable[[], float],
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        super().__init__(name="shadow", daemon=True)
        self.model, self._metrics, self._keep, self._on_failures = model, metrics, keep, on_failures
        self._busy_clock, self._clock = busy_clock, clock
        self.copies: deque[Copy] = deque()
        self.since: float | None = None
        self.has_ended = False
        self._failures = 0  # since the last success
        self.start()

    def run(self) -> None:
        """Classify copies whenever there is time. No error ends the thread."""
        lower_priority()
        spare = SpareTime(self._busy_clock)
        while not self.has_ended:
            seconds = spare.seconds_to_wait()
            if seconds or not self.copies:
                time.sleep(seconds or POLL_SECONDS)
                continue
            began, started = time.perf_counter(), self._clock()
            try:
                self._compare(self._next())
                self._failures = 0
            except Exception as error:  # noqa: BLE001  whatever the shadow does, the service answers
                self._fail(type(error).__name__)
            self.since = None
            spare.spend(self._clock() - started, time.perf_counter() - began)

    def _next(self) -> list[Copy]:
        """The copies of the next call."""
        taken = [self.copies.popleft()]
        size = self.model.size(taken[0].asked)
        while self.copies and len(taken) < CALL_TEXTS:
            size = max(size, self.model.size(self.copies[0].asked))
            if self.model.cost.seconds(len(taken) + 1, size) > CALL_SECONDS:
                break
            taken.append(self.copies.popleft())
        # A former champion may have had other labels.
        return [copy for copy in taken if copy.model.label_names == self.model.label_names]

    def _compare(self, copies: list[Copy]) -> None:
        if not copies:
            return
        self.since = time.monotonic()
        shadow = checked_answer(self.model, [copy.asked for copy in copies])["probabilities"]
        if self.has_ended:
            return
        champion = np.array([copy.probabilities for copy in copies], np.float32)
        names, number = self.model.label_names, self.model.number
        classes = list(zip(champion.argmax(axis=1).tolist(), shadow.argmax(axis=1).tolist(), strict=True))
        pairs = [(names[one], names[other]) for one, other in classes if one != other]
        difference = float(np.abs(champion - shadow).mean(axis=1).sum())
        self._metrics.observe_comparisons(number, len(copies), difference, pairs)
        rows = shadow.tolist()
        self._keep(
            [
                Disagreement(copy, number, row)
                for copy, row, (one, other) in zip(copies, rows, classes, strict=True)
                if one != other
            ]
        )

    def _fail(self, error: str) -> None:
        if self.has_ended:
            return  # the end of the shadow has ended the call
        self._metrics.count_failed_call("shadow", self.model.number)
        self._failures += 1
        if self._failures >= MOST_FAILED_CALLS:
            self.has_ended = True
            self._on_failures(self.model, f"{self._failures} calls in a row failed ({error}).")
