"""Acts that go on in threads while a test does something else."""

import threading
from contextlib import contextmanager


@contextmanager
def in_background(act, count):
    """Call `act(stop)` in `count` threads. It must return soon after the event `stop` is set."""
    stop = threading.Event()
    threads = [threading.Thread(target=act, args=(stop,), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
