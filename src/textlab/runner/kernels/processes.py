"""Kill a process together with everything that it started."""

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

PR_SET_CHILD_SUBREAPER = 36  # from linux/prctl.h


def adopt_orphans() -> None:
    """Become the parent of processes that descendants leave behind, so that they can be found and killed (Linux)."""
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_own_tree() -> None:
    """Kill this process and all its descendants."""
    import psutil

    kill_tree(psutil.Process())


def kill_tree(process: "psutil.Process") -> None:
    """Kill a process and all its descendants.

    A signal to the process group would not do: a kernel runs in a session of its own.
    """
    import psutil

    kill_children(process)
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def kill_children(process: "psutil.Process") -> None:
    """Kill all descendants of a process."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
