"""Model calls that never return. They cannot be cancelled, so gunicorn replaces the process."""

import logging
import os
import threading
import time
import weakref

from api.serving.model_calls import ModelCalls
from api.serving.workers import Workers
from api.settings import RUN

logger = logging.getLogger("textlab_api")

WATCH_SECONDS = 0.25
HUNG_AFTER = 8  # observations of the same call in the shared thread, where a call should take milliseconds


def end_process() -> None:
    """End this process if gunicorn will replace it."""
    logger.error("model calls do not return", extra={"fields": {"process": os.getpid()}})
    if RUN in os.environ:
        os._exit(1)  # an orderly end would wait for the calls


def watch_shared_calls(calls: ModelCalls, workers: Workers) -> None:
    """End the process when a call in the shared thread has hung, because it then answers nothing else.

    No worker of the run makes calls in its shared thread afterwards.

    Args:
        calls: makes the calls.
        workers: the workers of the run, of which any may have hung.
    """
    reference = weakref.ref(calls)  # the watch ends with the calls

    def watch() -> None:
        # Observations are counted instead of seconds, so that a pause of the whole process does not count.
        seen, times = None, 0
        while times < HUNG_AFTER:
            time.sleep(WATCH_SECONDS)
            watched = reference()
            if watched is None:
                return
            if workers.has_hung:
                watched.trusts_model = False
            since = watched.shared_since
            del watched
            times = times + 1 if since is not None and since == seen else 0
            seen = since
        workers.mark_hung()
        end_process()

    if RUN in os.environ:
        threading.Thread(target=watch, name="shared call watcher", daemon=True).start()
