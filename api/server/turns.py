"""The turns of connections that have much to do."""

from collections import deque

import gevent
from gevent.event import Event


class Turns:
    """Lets one waiting connection pass in each round of the event loop, in the order in which they came.

    A connection that receives, answers or sends much waits for its turn in between. The number of such connections
    therefore does not delay the others, whose requests are answered in the round in which they arrive.
    """

    def __init__(self) -> None:
        self._taken = False
        self._waiting: deque[Event] = deque()

    def wait(self) -> None:
        """Wait for this connection's turn."""
        if self._taken:
            turn = Event()
            self._waiting.append(turn)
            turn.wait()  # the connection before hands the turn over
        self._taken = True
        gevent.sleep(0)
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._taken = False
