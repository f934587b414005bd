"""What memory a notebook takes, and an end to one that takes too much."""

import contextlib
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from textlab.runner.kernels.kernel import end_children

if TYPE_CHECKING:
    import psutil

GIGABYTE = 2**30
LOOK_SECONDS = 0.5
OUT_OF_MEMORY = {
    "MemoryError",
    "_ArrayMemoryError",
    "OutOfMemoryError",
    "ResourceExhaustedError",
}  # of Python, NumPy, torch, TensorFlow


class MemoryWatch:
    """Looks, while the context lasts, at what all descendants of this process take together.

    Args:
        limit: bytes; descendants that take more are killed. None for no limit.

    Attributes:
        peak: the most bytes that were seen. Pages that processes share count once.
        is_exceeded: whether it was more than the limit.
    """

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.peak = 0
        self.is_exceeded = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        this = psutil.Process()
        while not self._stop.wait(LOOK_SECONDS):
            self.peak = max(self.peak, sum(_taken(child) for child in this.children(recursive=True)))
            if self.limit is not None and self.peak > self.limit:
                self.is_exceeded = True
                end_children(this)
                return


def _taken(process: "psutil.Process") -> int:
    """Bytes of memory that are the process's, and its share of those that it shares with others."""
    import psutil

    with contextlib.suppress(psutil.Error):
        taken = process.memory_full_info()
        return int(getattr(taken, "pss", taken.uss))
    return 0
