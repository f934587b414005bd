"""Model calls that never return. They cannot be ended, so gunicorn replaces the process."""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Protocol

from api.settings import RUN

logger = logging.getLogger("textlab_api")

HUNG_SECONDS = 2.0  # of a call in the shared thread, where a call should take milliseconds
WATCH_SECONDS = 0.25


class CallsInSharedThread(Protocol):
    """Makes model calls in the shared thread."""

    shared_call_since: float | None


def end_process() -> None:
    """End this process, if gunicorn then starts another one in its place."""
    logger.error("model calls do not return", extra={"fields": {"process": os.getpid()}})
    if RUN in os.environ:
        os._exit(1)  # an orderly end would wait for the calls


def watch_shared_calls(calls: CallsInSharedThread, before_end: Callable[[], None]) -> None:
    """End the process when a call in the shared thread has hung, because then nothing else is answered.

    Args:
        calls: what makes the calls.
        before_end: called before the process ends.
    """

    def watch() -> None:
        while True:
            time.sleep(WATCH_SECONDS)
            since = calls.shared_call_since
            if since is not None and time.monotonic() - since > HUNG_SECONDS:
                before_end()
                end_process()
                return

    if RUN in os.environ:
        threading.Thread(target=watch, name="shared call watcher", daemon=True).start()
