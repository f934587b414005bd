"""Pause Python's garbage collector while the command starts.

Importing MLflow and pandas creates objects that live until the end. Each collection traverses them and frees
nothing. The pause saves a third of the processor time of a finished grid: --dry-run takes 2.3 s instead of 3.5 s
(minimum of five runs each, in turns). TEXTLAB_COLLECT_AT_START=1 switches the pause off.
"""

import contextlib
import gc
import os
from collections.abc import Iterator

SWITCH = "TEXTLAB_COLLECT_AT_START"


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Collect no garbage inside the context; exempt the objects that exist at its end from later collections."""
    if os.environ.get(SWITCH) == "1":
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
