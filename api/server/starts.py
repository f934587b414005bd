"""The starts of workers. Once a worker has been ready, a start that fails is repeated, and does not end the service."""

import mmap
import struct
from collections.abc import Callable
from typing import Any

STATE = struct.Struct("<qq")  # whether a worker has ever been ready, and the number of failed starts since
LONGEST_PAUSE = 60.0


class Starts:
    """The record of starts, in memory that gunicorn's main process shares with its workers.

    It has no file, so neither a full disk nor a missing folder affects it.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        STATE.pack_into(self._memory, 0, 0, 0)  # takes the page now, because later there may be none

    @property
    def ever_ready(self) -> bool:
        """True once a worker of this run has been ready."""
        return STATE.unpack_from(self._memory, 0)[0] > 0

    def succeed(self) -> None:
        """Record that a worker is ready."""
        STATE.pack_into(self._memory, 0, 1, 0)

    def fail(self) -> float:
        """Record a failed start. Returns the seconds to wait before the next, which grow with each failure."""
        ready, failures = STATE.unpack_from(self._memory, 0)
        STATE.pack_into(self._memory, 0, ready, failures + 1)
        return min(LONGEST_PAUSE, 2.0 ** min(failures, 10))


def keep_spawning(arbiter: Any, starts: Starts) -> None:
    """Keep gunicorn's main process running when it cannot create a worker, for lack of memory or files."""
    spawn: Callable[[], Any] = arbiter.spawn_worker

    def spawn_worker() -> Any:
        try:
            return spawn()
        except OSError as error:
            if not starts.ever_ready:
                raise
            arbiter.log.error("A worker could not be created (%s). Another attempt follows.", type(error).__name__)
            return None

    arbiter.spawn_worker = spawn_worker
