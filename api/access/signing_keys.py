"""The public keys that verify tokens.

A thread reads the keys, at regular times and when a token names an unknown key. Checking a token uses the keys that the
thread has read, so no request waits for a disk or a key server.
"""

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.access.rate_limit import RateLimit
from api.problems import Problem, retry_after

logger = logging.getLogger("textlab_api")

KEPT_SECONDS = 24 * 3600.0  # keys older than this are not used, because the server may have revoked them
UNKNOWN_SECONDS = 60.0  # how long a name that the server did not know is refused without asking again
UNKNOWN_NAMES = 1_000
LONGEST_NAME = 200  # characters
UNKNOWN_NAMES_PER_MINUTE = 5  # for each address
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 60.0

Keys = Mapping[str, Any]  # jwt.PyJWK by key id
MISSING = "The keys that verify tokens could not be fetched."


@dataclass(frozen=True)
class Schedule:
    """When keys are read.

    Attributes:
        every_seconds: time between two successful readings.
        pause_seconds: shortest time between two readings that unknown names ask for.
        on_demand: whether an unknown name asks for a reading.
    """

    every_seconds: float
    pause_seconds: float
    on_demand: bool


class SigningKeys:
    """Keys by their names, read again and again by a thread.

    If a reading fails, the previous keys are kept for up to KEPT_SECONDS.

    Args:
        read: reads all keys. It raises any exception if that fails.
        schedule: when to read.
        first: the keys, if they have been read already.
    """

    def __init__(self, read: Callable[[], Keys], schedule: Schedule, first: Keys | None = None) -> None:
        self._read, self._schedule = read, schedule
        self._keys: Keys = first or {}
        self._read_at = time.monotonic() if first else -math.inf
        self._pause = schedule.every_seconds if first else 0.0
        self._earliest = time.monotonic() + (schedule.pause_seconds if first else 0.0)  # start of the next reading
        self._begun = self._finished = 0  # numbers of the last reading that began, and of the last that succeeded
        self._failures = 0  # readings that failed since the last success
        self._asked: OrderedDict[str, _Asked] = OrderedDict()  # unknown names
        self._lock = threading.Lock()
        self._limit = RateLimit(UNKNOWN_NAMES_PER_MINUTE)
        self._wanted, self._closing = threading.Event(), threading.Event()
        self._reader = threading.Thread(target=self._run, name="signing keys", daemon=True)
        self._reader.start()

    def find(self, name: str, client: str) -> Any:
        """The key of this name (jwt.PyJWK), or None if there is none.

        Args:
            name: the key id in the header of a token.
            client: the network that sent the token, for the limit of unknown names.

        Raises:
            Problem: 503 while no keys are known, or while an unknown name is being looked up; 429 for a client with too
                many unknown names.
        """
        keys = self._keys
        if time.monotonic() - self._read_at > KEPT_SECONDS:
            raise Problem(503, MISSING, *retry_after(self._seconds_to_next()))
        key = keys.get(name)
        if key is not None or not self._schedule.on_demand or len(name) > LONGEST_NAME:
            return key
        asked = self._asked_for(name, client)
        if self._finished > asked.begun:
            return self._keys.get(name)  # a reading that began later may have found it
        if self._begun == asked.begun:
            self._wanted.set()
        raise Problem(503, "The key that verifies the token is being looked up.", *retry_after(self._seconds_to_next()))

    def close(self) -> None:
        """Stop reading. A reading in progress ends by itself."""
        self._closing.set()
        self._wanted.set()

    def _asked_for(self, name: str, client: str) -> "_Asked":
        """When the unknown name was first asked for, which may be now."""
        now = time.monotonic()
        with self._lock:
            asked = self._asked.get(name)
            if asked is None or (now - asked.at > UNKNOWN_SECONDS and self._finished > asked.begun):
                seconds = self._limit.wait(client)
                if seconds:
                    came = "Too many tokens with unknown key ids came from this address."
                    raise Problem(429, came, *retry_after(math.ceil(seconds)))
                asked = self._asked[name] = _Asked(self._begun, now)
                self._asked.move_to_end(name)
                if len(self._asked) > UNKNOWN_NAMES:
                    self._asked.popitem(last=False)
            return asked

    def _seconds_to_next(self) -> int:
        return max(1, math.ceil(self._earliest - time.monotonic()))

    def _run(self) -> None:
        while True:
            self._wanted.wait(self._pause)
            if self._closing.wait(max(0.0, self._earliest - time.monotonic())):
                return
            self._wanted.clear()
            self._read_once()

    def _read_once(self) -> None:
        self._begun += 1
        try:
            self._keys = self._read()
        except Exception as error:  # noqa: BLE001  nothing may end the thread
            self._pause = min(FIRST_RETRY_SECONDS * 2.0**self._failures, LAST_RETRY_SECONDS)
            self._failures = min(self._failures + 1, 10)
            fields = {"error": type(error).__name__, "retry_seconds": self._pause}
            logger.warning("the keys that verify tokens cannot be read", extra={"fields": fields})
        else:
            self._read_at, self._finished = time.monotonic(), self._begun
            self._pause, self._failures = self._schedule.every_seconds, 0
        self._earliest = time.monotonic() + min(self._pause, self._schedule.pause_seconds)


@dataclass(frozen=True)
class _Asked:
    begun: int  # number of the last reading that had begun
    at: float  # by time.monotonic()
