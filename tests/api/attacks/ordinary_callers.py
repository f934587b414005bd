"""Ordinary callers: each sends one short text a few times a second, and its waiting times are measured."""

import http.client
import json
import math
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

TEXT = json.dumps({"text": "the crew were lovely, but the flight was late again"})
TIMEOUT_SECONDS = 10


@dataclass
class Outcomes:
    """The outcomes of requests.

    Attributes:
        milliseconds: of each answered request, from when it was due.
        failures: the number of other requests by status or error.
    """

    milliseconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        """The number of requests."""
        return len(self.milliseconds) + self.failures.total()

    def percentile(self, percent: float) -> float:
        """A percentile of the waiting times in milliseconds. A request that failed waited forever."""
        waits = (sorted(self.milliseconds) + [math.inf] * self.failures.total()) or [math.inf]
        return waits[min(int(len(waits) * percent / 100), len(waits) - 1)]


class Callers:
    """Callers at different addresses, within a block.

    Args:
        port: of the service on 127.0.0.1.
        addresses: of the callers, all on the loopback interface.
        per_second: requests per second and caller.
    """

    def __init__(self, port: int, addresses: list[str], per_second: float) -> None:
        self._port, self._per_second = port, per_second
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._since = Outcomes()
        self._threads = [threading.Thread(target=self._call, args=(each,), daemon=True) for each in addresses]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * TIMEOUT_SECONDS)

    def outcomes(self) -> Outcomes:
        """The outcomes since the last call of this method."""
        with self._lock:
            since, self._since = self._since, Outcomes()
        return since

    def _call(self, address: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, TIMEOUT_SECONDS, (address, 0))
        due = time.monotonic()
        while not self._stop.wait(max(due - time.monotonic(), 0)):
            outcome = self._answer(connection)
            waited = (time.monotonic() - due) * 1e3
            with self._lock:
                if outcome == "200":
                    self._since.milliseconds.append(waited)
                else:
                    self._since.failures[outcome] += 1
            due += 1 / self._per_second

    def _answer(self, connection: http.client.HTTPConnection) -> str:
        """Send one request; return its status or its error.

        A connection that was kept may have been closed meanwhile. As any client, this one then opens another.
        """
        kept = connection.sock is not None
        try:
            connection.request("POST", "/predict", TEXT, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            return str(answer.status)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            connection.close()
            return self._answer(connection) if kept else type(error).__name__
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return type(error).__name__
