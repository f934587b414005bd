"""The requests of a worker share one thread, so whatever blocks is done in another.

Under `flask run` and in most tests each request has a thread of its own, and nothing here is needed.
"""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

Outcome = TypeVar("Outcome")


def thread_is_shared() -> bool:
    """Whether this is one of many requests in a thread."""
    gevent = sys.modules.get("gevent")
    return gevent is not None and isinstance(gevent.getcurrent(), gevent.Greenlet)


def in_thread(function: Callable[..., Outcome], *arguments: Any) -> Outcome:
    """`function(*arguments)`, in another thread where this one is shared."""
    if not thread_is_shared():
        return function(*arguments)
    import gevent

    return gevent.get_hub().threadpool.apply(function, arguments)
