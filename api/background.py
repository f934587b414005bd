"""A thread that repeats a task. An error costs one repetition, never the thread."""

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger("textlab_api")

LOG_SECONDS = 60.0  # a task that fails again and again is logged once in this time


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
        self._logged = -LOG_SECONDS
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
        except Exception as error:  # noqa: BLE001  no error may end the thread
            self._failed(error)

    def _repeat(self) -> None:
        while not self._closing.wait(self._seconds):
            self.attempt(self._call)

    def _failed(self, error: Exception) -> None:
        self._on_error(self.name)
        now = time.monotonic()
        if now - self._logged >= LOG_SECONDS:
            self._logged = now
            fields = {"task": self.name, "error": type(error).__name__}
            logger.error("a background task failed and goes on", extra={"fields": fields})
