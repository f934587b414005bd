"""Processor time for work that must not slow down answers."""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

LEAST_SHARE = 0.03  # the work gets this share of the answers' processor time, however busy the process is
IDLE_SHARE = 0.5  # cores, for each second that the answers leave of the first BUSY_LIMIT seconds
BUSY_LIMIT = 0.5  # share of the time in which answers are in progress; above it, the process counts as busy
FREE_SHARE = 0.7  # if the work's calls get a smaller share of a core, other processes need the cores
CALL_WEIGHT = 0.2  # weight of the latest call in the average of that share
REMEMBERED_SECONDS = 1.0  # over which the time with answers in progress is averaged
MOST_SECONDS = 0.005  # processor time that can be saved up; more would be spent at once when requests arrive
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.005, 0.25
NICENESS = 10


class SpareTime:
    """Says when a thread may use the processor, so that the process keeps nearly all of it for its answers.

    The work may use 3 % of the processor time that the answers use. It may also use a part of the time in which no
    answer is in progress, as long as its own calls get a core at once. The processor time of the process does not show
    whether it is idle: it is also low where other processes or the quota of a container keep the cores from it.

    Args:
        busy_clock: the seconds in which answers were in progress until now.
        process_clock: the processor time of the whole process, in seconds.
        now: the time, in seconds.
    """

    def __init__(
        self,
        busy_clock: Callable[[], float],
        process_clock: Callable[[], float] = time.process_time,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clocks = now, busy_clock, process_clock
        self._last = self._times()
        self._busy = 1.0  # until it has been observed
        self._free = 1.0  # share of a core that the work gets while it runs
        self._spent = self._saved = 0.0

    def seconds_to_wait(self) -> float:
        """Seconds until the thread should ask again. 0 if it may work now."""
        times = self._times()
        elapsed, busy, process = (after - before for after, before in zip(times, self._last, strict=True))
        self._last = times
        if elapsed > 0:
            self._busy += (min(busy / elapsed, 1.0) - self._busy) * min(elapsed / REMEMBERED_SECONDS, 1.0)
            earned = LEAST_SHARE * max(process - self._spent, 0.0)
            if self._free > FREE_SHARE:
                earned += IDLE_SHARE * max(BUSY_LIMIT - self._busy, 0.0) * elapsed
            self._saved = min(self._saved + earned, MOST_SECONDS) - self._spent
            self._spent = 0.0
        if self._saved > 0:
            return 0.0
        missing = -self._saved * elapsed / earned if elapsed > 0 and earned > 0 else LONGEST_WAIT_SECONDS
        return min(max(missing, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)

    def spend(self, seconds: float, elapsed: float) -> None:
        """Take the seconds of processor time that a call of the work has used, and the seconds that have passed."""
        self._spent += seconds
        if elapsed > 0:
            self._free += CALL_WEIGHT * (min(seconds / elapsed, 1.0) - self._free)

    def _times(self) -> tuple[float, float, float]:
        now, busy, process = self._clocks
        return now(), busy(), process()


def lower_priority() -> None:
    """Let all other threads go before this one if the cores are busy.

    With a still lower priority, this thread could hold Python's lock for long on a busy machine, and requests wait for
    it.
    """
    if sys.platform == "linux":  # elsewhere, the priority belongs to the whole process
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
