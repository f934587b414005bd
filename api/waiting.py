"""The requests of a worker share one thread, so blocking work runs in another.

Under `flask run` and in most tests each request has its own thread, and nothing here is needed.
"""

import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

Outcome = TypeVar("Outcome")
Arguments = TypeVarTuple("Arguments")


def thread_is_shared() -> bool:
    """Return whether this thread serves several requests at once (gevent)."""
    gevent = sys.modules.get("gevent")
    return gevent is not None and isinstance(gevent.getcurrent(), gevent.Greenlet)


def in_thread(function: Callable[[*Arguments], Outcome], *arguments: *Arguments) -> Outcome:
    """Call `function(*arguments)`, in another thread if this one is shared."""
    if not thread_is_shared():
        return function(*arguments)
    import gevent

    found, error = gevent.get_hub().threadpool.apply(_outcome, (function, arguments))
    if error is not None:
        raise error
    return found


class Threads:
    """A few threads for calls that take long, so that feedback and metrics do not wait for them in the common ones.

    Args:
        count: the number of threads.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool: Any = None

    def run(self, function: Callable[[*Arguments], Outcome], *arguments: *Arguments) -> Outcome:
        """Call `function(*arguments)` in one of the threads if this one is shared. The call may wait for a free one."""
        if not thread_is_shared():
            return function(*arguments)
        if self._pool is None:
            from gevent.threadpool import ThreadPool

            self._pool = ThreadPool(self._count)
        found, error = self._pool.apply(_outcome, (function, arguments))
        if error is not None:
            raise error
        return found


def pause(seconds: float) -> None:
    """Wait, and let the other requests of a shared thread go on."""
    if not thread_is_shared():
        time.sleep(seconds)
        return
    import gevent

    gevent.sleep(seconds)


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, Exception | None]:
    """The result or the error of a call. gevent would print the traceback of an error that its thread raises."""
    try:
        return function(*arguments), None
    except Exception as error:  # noqa: BLE001  the caller raises it again
        return None, error
