"""Measure the memory of a notebook, and kill one that exceeds its limit."""

import contextlib
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from textlab.runner.kernels.processes import kill_children

if TYPE_CHECKING:
    import psutil

GIGABYTE = 2**30
POLL_SECONDS = 0.5
# The exceptions of Python, NumPy, torch and TensorFlow.
OUT_OF_MEMORY = {"MemoryError", "_ArrayMemoryError", "OutOfMemoryError", "ResourceExhaustedError"}


class MemoryWatch:
    """Watches the memory of all descendants of this process while the context lasts.

    Args:
        limit: bytes; descendants that use more together are killed. None for no limit.

    Attributes:
        peak: the largest number of bytes seen. Memory that processes share counts once.
        is_exceeded: whether the peak exceeded the limit.
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
        while not self._stop.wait(POLL_SECONDS):
            self.peak = max(self.peak, sum(_memory(child) for child in this.children(recursive=True)))
            if self.limit is not None and self.peak > self.limit:
                self.is_exceeded = True
                kill_children(this)
                return


def _memory(process: "psutil.Process") -> int:
    """Bytes of memory that belong to a process alone, plus its share of what it shares with others."""
    import psutil

    with contextlib.suppress(psutil.Error):
        info = process.memory_full_info()
        return int(getattr(info, "pss", info.uss))
    return 0
