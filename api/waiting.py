"""The requests of a worker share one thread, so blocking work runs in another.

Under `flask run` and in most tests each request has its own thread, and nothing here is needed.
"""

import sys
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

Outcome = TypeVar("Outcome")
Arguments = TypeVarTuple("Arguments")


def thread_is_shared() -> bool:
    """Whether this thread serves several requests at once (gevent)."""
    gevent = sys.modules.get("gevent")
    return gevent is not None and isinstance(gevent.getcurrent(), gevent.Greenlet)


def in_thread(function: Callable[[*Arguments], Outcome], *arguments: *Arguments) -> Outcome:
    """Call `function(*arguments)`, in another thread if this one is shared."""
    if not thread_is_shared():
        return function(*arguments)
    import gevent

    return gevent.get_hub().threadpool.apply(function, arguments)
