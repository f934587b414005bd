"""A thread for model calls that take long, so that the shared thread reads and answers other requests meanwhile."""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any


class ModelThread:
    """Runs functions one after the other. Create and use it in the shared thread.

    gevent's own threads would do, but there are only ten of them, and other blocking work can occupy all.
    """

    def __init__(self) -> None:
        import gevent

        self._work: SimpleQueue[tuple[Callable[[], Any], Callable[[Any], None]] | None] = SimpleQueue()
        self._done: deque[tuple[Callable[[Any], None], Any]] = deque()
        self._notice = gevent.get_hub().loop.async_()
        self._notice.start(self._hand_back)
        self._has_ended = False
        # A daemon, since a call that never returns must not prevent the end of the process.
        threading.Thread(target=self._run, name="model calls", daemon=True).start()

    def call(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Call `function()` in the thread, and `then(its result)` in the shared thread. Neither may raise an error."""
        self._work.put((function, then))

    def end(self) -> None:
        """End the thread after its last call, and forget it."""
        self._has_ended = True
        self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            function, then = work
            self._done.append((then, function()))
            self._notice.send()

    def _hand_back(self) -> None:
        while self._done:
            then, result = self._done.popleft()
            then(result)
        if self._has_ended:
            self._notice.close()
