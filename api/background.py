"""A thread that repeats a task. An error costs one repetition, never the thread."""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger("textlab_api")


class BackgroundTask:
    """Calls a function periodically, in a thread of its own.

    Args:
        name: the name of the thread, for the log.
        seconds: the pause between two calls.
        call: the function.
        on_error: called after each call that failed, to count it.
    """

    def __init__(
        self, name: str, seconds: float, call: Callable[[], None], on_error: Callable[[str], None] = lambda name: None
    ) -> None:
        self.name, self._seconds, self._call, self._on_error = name, seconds, call, on_error
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the current call, and end the thread."""
        self._closing.set()
        self._thread.join()

    def attempt(self, call: Callable[[], None]) -> None:
        """Call a function. An error is counted and logged, not raised."""
        try:
            call()
        except Exception as error:  # no error may end the thread
            self._on_error(self.name)
            logger.error("a background task failed and goes on", exc_info=error, extra={"fields": {"task": self.name}})

    def _repeat(self) -> None:
        while not self._closing.wait(self._seconds):
            self.attempt(self._call)
