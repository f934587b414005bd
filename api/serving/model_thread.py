"""A thread for long model calls, so that the shared thread reads and answers other requests meanwhile."""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any


class ModelThread:
    """Runs functions one after the other. Create and use it in the shared thread.

    It is not one of gevent's ten threads, because other blocking work can occupy all of them.
    """

    def __init__(self) -> None:
        import gevent

        self._work: SimpleQueue[tuple[Callable[[], Any], Callable[[Any], None]] | None] = SimpleQueue()
        self._done: deque[tuple[Callable[[Any], None], Any]] = deque()
        self._notice = gevent.get_hub().loop.async_()
        self._notice.start(self._hand_back)
        self._has_ended = False
        # A daemon, because a call that never returns must not keep the process alive.
        threading.Thread(target=self._run, name="model calls", daemon=True).start()

    def call(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Call `function` in the thread, and `then` with its result in the shared thread. Neither may raise."""
        self._work.put((function, then))

    def end(self) -> None:
        """End the thread after its last call."""
        self._has_ended = True
        self._work.put(None)

    def _run(self) -> None:
        while self._run_next():
            pass

    def _run_next(self) -> bool:
        """Run the next function. A method of its own, so that nothing of it is held during the wait for another one."""
        work = self._work.get()
        if work is None:
            return False
        function, then = work
        self._done.append((then, function()))
        self._notice.send()
        return True

    def _hand_back(self) -> None:
        while self._done:
            then, result = self._done.popleft()
            then(result)
        if self._has_ended:
            self._notice.close()
