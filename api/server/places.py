"""The places for connections in a worker: how many there are, who gets one, and when a connection has to end."""

import math
import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

import gevent.socket

RESERVED = 16  # places from which only health checks and admin calls are answered
OTHER_FILES = 64  # that the service opens while it runs: state, the model, telemetry
LARGEST_SHARE = 0.75  # one address holds at most this share of the places
SETTLED_SECONDS = 1.0  # a younger connection is closed only if there is no older one
MAX_HELD_BYTES = 67_108_864  # all incomplete bodies together hold at most this much
ALWAYS_ANSWERED = ("/health", "/metrics", "/models/")


Phase = dict["Place", None]  # keeps the order in which connections entered the phase


class Place:
    """The place of one connection.

    Attributes:
        client: the socket.
        address: the client's address, empty if all clients share one.
        phase: the places in the same phase; None once the connection has lost its place.
        since: when its current phase began, by `time.monotonic()`.
        until: when the connection is closed unless its phase has changed.
        reserved: whether it is one of the reserved places.
        held_bytes: number of bytes received of an incomplete body.
    """

    __slots__ = ("address", "client", "held_bytes", "phase", "reserved", "since", "until")

    def __init__(self, client: Any, address: str) -> None:
        self.client, self.address = client, address
        self.phase: Phase | None = None
        self.since = self.until = 0.0
        self.reserved = False
        self.held_bytes = 0


class Places:
    """The open connections of a worker, by phase: idle, receiving, in the hands of the application, or sending.

    When all places are taken, a new connection takes the place of the one that has been idle for longest, or else of
    the one whose client has been slow for longest. A connection in the hands of the application keeps its place. The
    address with most connections loses one first, so that busy connections of few addresses lock nobody out.

    Args:
        count: number of places, without the reserved ones.
        idle_seconds: how long a connection may be idle between two requests.
        request_seconds: how long a request may take.
        shared_address: whether many clients may come from one address, such as a proxy's.
    """

    def __init__(self, count: int, idle_seconds: float, request_seconds: float, shared_address: bool) -> None:
        self._count, self._request_seconds = count, request_seconds
        self._idle_seconds, self._receiving_seconds = idle_seconds, request_seconds
        self._shared_address = shared_address
        self._share = count + RESERVED if shared_address else max(1, int(count * LARGEST_SHARE))
        self._idle: Phase = {}
        self._slow: Phase = {}
        self._answering: Phase = {}
        self._reserved = self._held_bytes = 0
        self._by_address: Counter[str] = Counter()
        self.stopping = False

    def __len__(self) -> int:
        return len(self._idle) + len(self._slow) + len(self._answering)

    @property
    def _full(self) -> bool:
        return len(self) - self._reserved >= self._count

    def take(self, client: Any, address: str) -> Place | None:
        """A place for a new connection, or None if every place is in the hands of the application."""
        place = Place(client, address)
        if self._by_address[address] >= self._share and self._close_idlest(address) is None:
            return None
        if self._full:
            closed = self._close_of_largest(address) or self._close_idlest(settled=True)
            if closed is None and self._reserved < RESERVED:
                place.reserved = True
            elif closed is None:
                closed = self._close_idlest()
                if closed is None:
                    return None
            place.reserved |= closed is not None and closed.reserved
            self._reserved += place.reserved
        self._by_address[address] += 1
        place.phase = self._idle
        self._idle[place] = None
        self.idle(place)
        # A client that has never sent anything gets no more time than a request.
        place.until = place.since + min(self._idle_seconds, self._request_seconds)
        return place

    def leave(self, place: Place) -> None:
        """Free a place. It may have been freed before."""
        if place.phase is None:
            return
        del place.phase[place]
        place.phase = None
        self._held_bytes -= place.held_bytes
        self._reserved -= place.reserved
        self._by_address[place.address] -= 1
        if not self._by_address[place.address]:
            del self._by_address[place.address]

    def is_reserved(self, place: Place, path: str) -> bool:
        """Return whether the place is reserved for other paths, so that the service refuses this request."""
        if place.reserved and not self._full:  # the place of another connection is free by now
            place.reserved = False
            self._reserved -= 1
        return place.reserved and not path.startswith(ALWAYS_ANSWERED)

    def idle(self, place: Place) -> None:
        """Enter the phase between two requests."""
        if self._move(place, self._idle):
            place.since = time.monotonic()
            place.until = place.since + self._idle_seconds

    def receive(self, place: Place, held_bytes: int = 0) -> None:
        """Enter the phase in which the client sends a request, or stay in it.

        If all incomplete bodies together become too large, the slowest upload is closed.

        Args:
            place: the place of the connection.
            held_bytes: number of bytes received of the body.
        """
        if place.phase is not self._slow and self._move(place, self._slow):
            place.since = time.monotonic()
            place.until = place.since + self._receiving_seconds
        if place.phase is self._slow:
            self._held_bytes += held_bytes - place.held_bytes
            place.held_bytes = held_bytes
            while self._held_bytes > MAX_HELD_BYTES:
                slowest = next(each for each in self._slow if each.held_bytes)
                self.leave(slowest)
                hang_up(slowest.client)

    def answer(self, place: Place, unlimited: bool = False) -> None:
        """Enter the phase in which the application answers. The limit of the request holds, unless it is unlimited."""
        if place.phase is not self._slow:
            place.since = time.monotonic()
        if self._move(place, self._answering):
            place.until = math.inf if unlimited else place.since + self._request_seconds

    def send(self, place: Place) -> None:
        """Enter the phase in which the client receives the answer, within the time limit of a request."""
        if self._move(place, self._slow) and place.until == math.inf:
            place.until = time.monotonic() + self._request_seconds

    def part(self, place: Place, seconds: float) -> None:
        """Enter the phase in which the client reads a refusal and closes the connection."""
        if self._move(place, self._slow):
            place.since = time.monotonic()
            place.until = place.since + seconds

    def close_late(self) -> None:
        """Close the connections whose time is over."""
        now = time.monotonic()
        for place in [each for each in self._all() if each.until < now]:
            hang_up(place.client)

    def stop(self, idle_seconds: float, receiving_seconds: float) -> None:
        """Shorten the time of all connections that are not in the hands of the application."""
        self.stopping = True
        self._idle_seconds, self._receiving_seconds = idle_seconds, receiving_seconds
        now = time.monotonic()
        for place in self._idle:
            place.until = min(place.until, now + idle_seconds)
        for place in self._slow:
            place.until = min(place.until, now + receiving_seconds)

    def _all(self) -> Iterator[Place]:
        return chain(self._idle, self._slow, self._answering)

    def _move(self, place: Place, phase: Phase) -> bool:
        """Let a place enter a phase. Returns False if the connection has lost its place to another one."""
        if place.phase is None:
            return False
        del place.phase[place]
        place.phase = phase
        phase[place] = None
        if place.held_bytes:
            self._held_bytes -= place.held_bytes
            place.held_bytes = 0
        return True

    def _close_of_largest(self, newcomer: str) -> Place | None:
        """Close a connection of the address with most of them, if that has more than the newcomer's or a fair share."""
        if self._shared_address:
            return None
        counts = self._by_address
        largest = max(counts, key=counts.__getitem__, default=newcomer)
        if counts[largest] <= counts[newcomer] + 1:
            largest = newcomer
        if counts[largest] * len(counts) <= self._count:
            return None
        return self._close_idlest(largest, ordinary=True)

    def _close_idlest(self, address: str | None = None, settled: bool = False, ordinary: bool = False) -> Place | None:
        """Close the connection that has waited longest, of this address, or of those that have settled."""
        first = (
            next(
                (place for place in phase if address in (None, place.address) and not (ordinary and place.reserved)),
                None,
            )
            for phase in (self._idle, self._slow)
        )
        waiting = [place for place in first if place is not None]
        young = time.monotonic() - SETTLED_SECONDS
        chosen = next((place for place in waiting if place.since < young), None)
        if chosen is None and waiting and not settled:
            chosen = min(waiting, key=lambda place: place.since)
        if chosen is not None:
            self.leave(chosen)
            hang_up(chosen.client)
        return chosen


def hang_up(connection: Any) -> None:
    """End the connection. gevent's own shutdown would raise an error in the greenlet that waits for the client."""
    with suppress(OSError):  # the client has already closed it
        connection._sock.shutdown(gevent.socket.SHUT_RDWR)


def places_allowed(wanted: int) -> int:
    """The number of places that the limit of open files leaves, at most `wanted`. Raises the soft limit if possible."""
    others = len(os.listdir("/dev/fd")) + OTHER_FILES + RESERVED  # noqa: PTH208  names of descriptors, no files
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + others
    if soft != resource.RLIM_INFINITY and soft < needed:
        raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - others))
