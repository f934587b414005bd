"""Admission control: requests that the model cannot answer before the deadline are refused at once."""

import math

from api.model.cost import Cost
from api.serving.fair_queue import FairQueue
from api.serving.slices import Request

LONGEST_RETRY_SECONDS = 60


class OverloadError(Exception):
    """The model is overloaded.

    Args:
        retry_seconds: seconds until the client should retry.
    """

    def __init__(self, retry_seconds: int = 1) -> None:
        super().__init__()
        self.retry_seconds = retry_seconds


class QueueFullError(OverloadError):
    """Too much work is waiting for the model."""


class TooLateError(OverloadError):
    """The model did not answer before the deadline."""


class TooLargeError(Exception):
    """The model cannot answer the request before the deadline, even if nothing else waits.

    Args:
        texts: number of such texts that it can answer in time.
        seconds: the estimated time for the request, in seconds.
    """

    def __init__(self, texts: int, seconds: float) -> None:
        super().__init__()
        self.texts, self.seconds = texts, seconds


class Admission:
    """Refuses requests that the model could not answer before the deadline.

    Args:
        queue: the slices that wait for the model.
        queue_size: maximum number of waiting texts.
        deadline_seconds: time limit for an answer.
    """

    def __init__(self, queue: FairQueue, queue_size: int, deadline_seconds: float) -> None:
        self._queue, self._queue_size, self._deadline_seconds = queue, queue_size, deadline_seconds

    def check_size(self, request: Request, cost: Cost) -> None:
        """Refuse a request that even an idle service could not answer in time.

        Raises:
            TooLargeError: it holds too many texts, or too long ones.
        """
        slices, count = request.slices, len(request.texts)
        if len(slices) == 1 and slices[0].seconds <= self._deadline_seconds:
            return
        # Other callers' texts may have caused a pace above 1, so it must not lead to a refusal.
        seconds = sum(cost.measured_seconds(len(each.texts), each.size) for each in slices) * min(cost.pace, 1)
        if seconds > self._deadline_seconds:
            raise TooLargeError(int(count * self._deadline_seconds / seconds), seconds)

    def check_wait(self, request: Request) -> None:
        """Refuse a request that would miss the deadline because of the requests that wait before it.

        Raises:
            QueueFullError: it would miss the deadline.
        """
        slices, queue = request.slices, self._queue
        seconds = slices[0].seconds if len(slices) == 1 else sum(each.seconds for each in slices)
        if queue.texts and queue.seconds + seconds > self._deadline_seconds:
            late = queue.seconds_until_done(request.caller, seconds) - self._deadline_seconds
            if late > 0:
                raise QueueFullError(whole_seconds(late))

    def displaced_by(self, request: Request) -> Request | None:
        """The request that must leave a full queue to make room for this one. None if there is room.

        Raises:
            QueueFullError: the caller would then have the most texts in the queue.
        """
        queue = self._queue
        if not queue.texts or queue.texts + len(request.texts) <= self._queue_size:
            return None
        found = queue.latest_of_largest(request.caller, len(request.texts))
        if found is None:
            raise QueueFullError(whole_seconds(queue.seconds))
        return found.request


def whole_seconds(seconds: float) -> int:
    """The seconds of a Retry-After header: at least 1, at most LONGEST_RETRY_SECONDS."""
    return min(max(math.ceil(seconds), 1), LONGEST_RETRY_SECONDS)
