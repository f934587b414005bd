"""Model calls that never return. They cannot be ended, so gunicorn replaces the process."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable

from api.serving.model_calls import ModelCalls
from api.settings import RUN

logger = logging.getLogger("textlab_api")

WATCH_SECONDS = 0.25
HUNG_AFTER = 8  # times that the same call was seen in the shared thread, where a call should take milliseconds


def end_process() -> None:
    """End this process, if gunicorn then starts another one in its place."""
    logger.error("model calls do not return", extra={"fields": {"process": os.getpid()}})
    if RUN in os.environ:
        os._exit(1)  # an orderly end would wait for the calls


def watch_shared_calls(calls: ModelCalls, before_end: Callable[[], None]) -> None:
    """End the process when a call in the shared thread has hung, because then nothing else is answered.

    Args:
        calls: what makes the calls.
        before_end: called before the process ends.
    """

    reference = weakref.ref(calls)  # the watch ends with the calls

    def watch() -> None:
        # Counting, not the clock, so that a pause of the whole process does not count.
        seen, times = None, 0
        while times < HUNG_AFTER:
            time.sleep(WATCH_SECONDS)
            watched = reference()
            if watched is None:
                return
            since = watched.shared_since
            del watched
            times = times + 1 if since is not None and since == seen else 0
            seen = since
        before_end()
        end_process()

    if RUN in os.environ:
        threading.Thread(target=watch, name="shared call watcher", daemon=True).start()
