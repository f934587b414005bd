"""A queue that shares the model fairly between callers: fair queueing (Demers, Keshav and Shenker, 1989).

The queue has a virtual clock, which counts the seconds of model time that each waiting caller has received. A slice
starts when its caller's previous slice ends on this clock, or now if the caller has received less than its share. The
slice that ends first is next. A caller with one short text therefore waits for little more than the running call, even
if others have sent many texts. Slices of all routes share the clock, so a call that takes only those of one route keeps
the shares of the callers.
"""

import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from api.serving.deployment import Route
from api.serving.slices import Slice

REMEMBERED_CALLERS = 1024

Entry = tuple[float, int, Slice]  # the end of a slice on the clock, its number, and the slice


@dataclass(slots=True)
class _Share:
    """A caller's share of the queue. `end` is the end of its latest slice on the queue's clock."""

    end: float = 0.0
    texts: int = 0
    seconds: float = 0.0


class FairQueue:
    """Slices that wait for the model.

    Attributes:
        texts: the number of waiting texts.
        seconds: the estimated seconds of their calls.
    """

    def __init__(self) -> None:
        self._heaps: dict[Route, list[Entry]] = {"champion": [], "canary": []}
        self._dropped = 0  # slices that are still in a heap
        self._numbers = itertools.count()
        self._now = 0.0
        self._shares: dict[str, _Share] = {}
        self._callers = 0  # number of callers with waiting slices
        self.texts, self.seconds = 0, 0.0

    def push(self, waiting: Slice) -> None:
        """Add a slice after the other slices of its caller."""
        caller = waiting.request.caller
        share = self._shares.get(caller)
        if share is None:
            share = self._shares[caller] = _Share()
        share.end = max(share.end, self._now) + waiting.seconds
        self._count(waiting, share, 1)
        heapq.heappush(self._heaps[waiting.request.route], (share.end, next(self._numbers), waiting))

    def peek(self, route: Route | None = None) -> Slice | None:
        """The next slice of a route, or of any route. None if there is none."""
        if route is not None:
            entry = self._first(self._heaps[route])
        else:
            entry = min(filter(None, map(self._first, self._heaps.values())), default=None)
        return entry[2] if entry else None

    def take(self, found: Slice) -> None:
        """Take out a slice that `peek` has returned."""
        heapq.heappop(self._heaps[found.request.route])
        self._now += found.seconds / self._callers
        self._count(found, self._shares[found.request.caller], -1)
        self._forget()

    def drop(self, slices: Iterable[Slice]) -> None:
        """Remove slices whose request has ended. They do not count towards their caller's share."""
        for each in slices:
            if each.is_waiting:
                share = self._shares[each.request.caller]
                share.end -= each.seconds
                self._count(each, share, -1)
                self._dropped += 1
        self._forget()

    def seconds_until_done(self, caller: str, seconds: float) -> float:
        """Estimate the seconds until another request of `caller` is answered.

        Until then, each other caller gets at most as much model time as this one.

        Args:
            caller: name of the caller.
            seconds: estimated seconds of the request's calls.
        """
        own = self._shares.get(caller)
        total = seconds + (own.seconds if own else 0.0)
        return total + sum(min(share.seconds, total) for share in self._shares.values() if share is not own)

    def latest_of_largest(self, caller: str, texts: int) -> Slice | None:
        """The last slice of the caller with the most waiting texts, which makes room for `texts` texts of `caller`.

        None if `caller` itself would then have the most.
        """
        largest = max(self._shares, key=lambda name: self._shares[name].texts, default=caller)
        own = self._shares.get(caller, _Share()).texts
        if largest == caller or self._shares[largest].texts <= own + texts:
            return None
        return max(
            entry
            for heap in self._heaps.values()
            for entry in heap
            if entry[2].is_waiting and entry[2].request.caller == largest
        )[2]

    def _first(self, heap: list[Entry]) -> Entry | None:
        """The first entry of a heap, None if it is empty. Dropped slices before it are removed."""
        while heap and not heap[0][2].is_waiting:
            heapq.heappop(heap)
            self._dropped -= 1
        return heap[0] if heap else None

    def _count(self, changed: Slice, share: _Share, sign: int) -> None:
        changed.is_waiting = sign > 0
        texts, seconds = sign * len(changed.texts), sign * changed.seconds
        self._callers -= share.texts > 0
        share.texts += texts
        self._callers += share.texts > 0
        share.seconds += seconds
        self.texts += texts
        self.seconds += seconds

    def _forget(self) -> None:
        """Forget dropped slices, and callers without waiting slices that have received no more than their share."""
        if not self.texts:
            for heap in self._heaps.values():
                heap.clear()
            self._shares.clear()
            self._now = self.seconds = 0.0
            self._dropped = 0
            return
        if self._dropped > sum(map(len, self._heaps.values())) // 2:
            for route, heap in self._heaps.items():
                self._heaps[route] = [entry for entry in heap if entry[2].is_waiting]
                heapq.heapify(self._heaps[route])
            self._dropped = 0
        if len(self._shares) > REMEMBERED_CALLERS:
            kept = {name: share for name, share in self._shares.items() if share.texts or share.end > self._now}
            self._shares = kept
