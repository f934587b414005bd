"""Room for the requests that carry examples: their bytes in memory, and the threads that read them, are bounded."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple

from api.serving.admission import QueueFullError, TooLateError
from api.waiting import Threads

MOST_BYTES = 134_217_728  # of all requests that are read or answered; each byte costs about three of memory
READERS = 2  # pictures that are decoded at once: each may take 80 MB
Read = TypeVar("Read")
Arguments = TypeVarTuple("Arguments")


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

    def deadline(self) -> Callable[[], None]:
        """A function that raises TooLateError once the time for the reading of a request is over."""
        until = time.monotonic() + self._deadline_seconds

        def check() -> None:
            if time.monotonic() > until:
                raise TooLateError

        return check

    def read(self, function: Callable[[*Arguments], Read], *arguments: *Arguments) -> Read:
        """Call `function(*arguments)` in one of the threads. The call waits until one is free."""
        return self._threads.run(function, *arguments)
