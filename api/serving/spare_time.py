"""Processor time for work that must not slow down answers."""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

IDLE_SHARE = 0.5  # of a core, which answers and spare work share
LEAST_SHARE = 0.03  # of a core, for spare work in a busy process
MOST_SECONDS = 0.05  # of processor time that can be saved up
LONGEST_WAIT_SECONDS = 0.25
NICENESS = 10


class SpareTime:
    """Says when a thread may use the processor, so that the process keeps nearly all of it for its answers.

    What the other threads of the process leave of half a core is spare. A busy process spares 3 % of a core.

    Args:
        process_clock: the processor time of the whole process, in seconds.
        now: the time, in seconds.
    """

    def __init__(
        self,
        process_clock: Callable[[], float] = time.process_time,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._process_clock, self._now = process_clock, now
        self._last_now, self._last_process = now(), process_clock()
        self._spent = self._saved = 0.0

    def seconds_to_wait(self) -> float:
        """Seconds until the thread should ask again. 0 if it may work now."""
        now, process = self._now(), self._process_clock()
        elapsed = now - self._last_now
        if elapsed > 0:
            busy = max(process - self._last_process - self._spent, 0.0) / elapsed
            share = max(IDLE_SHARE - busy, LEAST_SHARE)
            self._saved = min(self._saved + share * elapsed, MOST_SECONDS) - self._spent
            self._last_now, self._last_process, self._spent = now, process, 0.0
        return 0.0 if self._saved > 0 else min(0.001 - self._saved / IDLE_SHARE, LONGEST_WAIT_SECONDS)

    def spend(self, seconds: float) -> None:
        """Take processor time that the work has used."""
        self._spent += seconds


def lower_priority() -> None:
    """Let all other threads go before this one if the cores are busy.

    With a still lower priority, this thread could hold Python's lock for long on a busy machine, and requests wait for
    it.
    """
    if sys.platform == "linux":  # elsewhere, the priority belongs to the whole process
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
