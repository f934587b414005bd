"""Room for the requests that carry examples: their bytes in memory, and the threads that read them, are bounded."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, TypeVarTuple

from api.serving.admission import QueueFullError, TooLateError
from api.serving.batching import never
from api.waiting import Threads, thread_is_shared

MOST_BYTES = 134_217_728  # limit for the bodies in progress together; each byte costs about three of memory
READERS = 2  # pictures that are decoded at once: each may take 80 MB
Read = TypeVar("Read")
Arguments = TypeVarTuple("Arguments")


class ExampleRoom:
    """Reads the examples of requests, in other threads than the one that all requests share.

    Args:
        deadline_seconds: time limit for the reading of a request.
    """

    def __init__(self, deadline_seconds: float) -> None:
        self._deadline_seconds, self._bytes = deadline_seconds, 0
        self._threads, self._quick_thread = Threads(READERS), Threads(1)
        self._waiting: dict[str, list[Any]] = {}  # for each caller, the number of its requests, and its turn

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Take room for a request of `size` bytes, until it is answered.

        Raises:
            QueueFullError: the other requests leave no room.
        """
        if self._bytes + size > MOST_BYTES:
            raise QueueFullError
        self._bytes += size
        try:
            yield
        finally:
            self._bytes -= size

    def time_check(self, is_abandoned: Callable[[], bool] = never) -> Callable[[], None]:
        """A function that raises TooLateError once the time for a request is over, or its client has left."""
        until = time.monotonic() + self._deadline_seconds

        def check() -> None:
            if time.monotonic() > until or is_abandoned():
                raise TooLateError

        return check

    def read(self, caller: str, function: Callable[[*Arguments], Read], *arguments: *Arguments) -> Read:
        """Call `function(*arguments)` in one of the threads.

        The requests of a caller are read one after the other, so that no caller takes all threads.
        """
        with self._turn(caller):
            return self._threads.run(function, *arguments)

    def read_quickly(self, function: Callable[[*Arguments], Read], *arguments: *Arguments) -> Read:
        """Call `function(*arguments)` in a thread that no picture occupies; it takes a moment."""
        return self._quick_thread.run(function, *arguments)

    @contextmanager
    def _turn(self, caller: str) -> Iterator[None]:
        if not thread_is_shared():
            yield
            return
        from gevent.lock import BoundedSemaphore

        waiting = self._waiting.setdefault(caller, [0, BoundedSemaphore(1)])
        waiting[0] += 1
        try:
            with waiting[1]:
                yield
        finally:
            waiting[0] -= 1
            if not waiting[0]:
                del self._waiting[caller]
