"""Rate limits per client."""

import time
from collections import OrderedDict
from threading import Lock

REMEMBERED_CLIENTS = 10_000


class RateLimit:
    """A token bucket per client.

    Args:
        per_minute: tokens that each bucket gains per minute; also its capacity.
    """

    def __init__(self, per_minute: float) -> None:
        self._capacity = max(per_minute, 1.0)
        self._per_second = per_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, client: str) -> float:
        """Take one token from the client's bucket.

        Returns:
            0 if there was one, else the seconds until there is.
        """
        now = time.monotonic()
        with self._lock:
            tokens, since = self._buckets.pop(client, (self._capacity, now))
            tokens = min(self._capacity, tokens + (now - since) * self._per_second)
            allowed = tokens >= 1
            self._buckets[client] = (tokens - 1 if allowed else tokens, now)
            if len(self._buckets) > REMEMBERED_CLIENTS:
                self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._per_second
