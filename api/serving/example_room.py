"""Room for the requests that carry examples: their bytes in memory, and the threads that read them, are bounded."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from api.serving.admission import QueueFullError, TooLateError
from api.waiting import Threads

MOST_BYTES = 134_217_728  # of all requests that are read or answered; each byte costs about three of memory
READERS = 2  # pictures that are decoded at once: each may take 80 MB
Read = TypeVar("Read")


class ExampleRoom:
    """Reads the examples of requests, in other threads than the one that all requests share.

    Args:
        deadline_seconds: time limit for the reading of a request.
    """

    def __init__(self, deadline_seconds: float) -> None:
        self._deadline_seconds, self._threads, self._bytes = deadline_seconds, Threads(READERS), 0

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

    def read(self, function: Callable[[Callable[[], None]], Read]) -> Read:
        """Call `function` in another thread. It gets a function that ends the reading once the time is over.

        Raises:
            TooLateError: the time is over.
        """
        until = time.monotonic() + self._deadline_seconds

        def check_time() -> None:
            if time.monotonic() > until:
                raise TooLateError

        return self._threads.run(function, check_time)
