"""A queue that shares the model fairly between callers: fair queueing (Demers, Keshav and Shenker, 1989).

The queue has a clock: the seconds of the model that each waiting caller has had. Each slice starts on it when its
caller's previous slice ends, or now for a caller that has had less than its share. The slice that ends first is next. A
caller with one short text therefore waits for little more than the running call, however much the others have sent.
"""

import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from api.serving.slices import Slice

REMEMBERED_CALLERS = 1024


@dataclass(slots=True)
class _Share:
    """A caller's share of the queue. `end` is where its latest slice ends on the queue's clock."""

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
        self._heap: list[tuple[float, int, Slice]] = []
        self._numbers = itertools.count()
        self._now = 0.0
        self._shares: dict[str, _Share] = {}
        self._callers = 0  # that have slices waiting
        self.texts, self.seconds = 0, 0.0

    def push(self, waiting: Slice) -> None:
        """Add a slice at its caller's place."""
        caller = waiting.request.caller
        share = self._shares.get(caller)
        if share is None:
            share = self._shares[caller] = _Share()
        share.end = max(share.end, self._now) + waiting.seconds
        self._count(waiting, share, 1)
        heapq.heappush(self._heap, (share.end, next(self._numbers), waiting))

    def peek(self) -> Slice | None:
        """The next slice, None if the queue is empty."""
        heap = self._heap
        while heap and not heap[0][2].is_waiting:
            heapq.heappop(heap)
        return heap[0][2] if heap else None

    def pop(self) -> Slice | None:
        """Take the next slice out, None if the queue is empty."""
        found = self.peek()
        if found is None:
            return None
        heapq.heappop(self._heap)
        self._now += found.seconds / self._callers
        self._count(found, self._shares[found.request.caller], -1)
        if not self.texts:
            self._heap.clear()
            self._shares.clear()
            self._now = self.seconds = 0.0
        elif len(self._shares) > REMEMBERED_CALLERS:
            self._forget_callers()
        return found

    def drop(self, slices: Iterable[Slice]) -> None:
        """Take slices out that nobody waits for any longer."""
        for each in slices:
            if each.is_waiting:
                self._count(each, self._shares[each.request.caller], -1)

    def seconds_until_done(self, caller: str, seconds: float) -> float:
        """Estimate when another request of `caller` will be answered.

        Until then, each other caller gets at most as much of the model as this one.

        Args:
            caller: who sends it.
            seconds: the estimated seconds of its calls.
        """
        own = self._shares.get(caller)
        total = seconds + (own.seconds if own else 0.0)
        return total + sum(min(share.seconds, total) for share in self._shares.values() if share is not own)

    def latest_of_largest(self, caller: str, texts: int) -> Slice | None:
        """The slice that makes room for `texts` of `caller`: the last one of the caller who has most texts waiting.

        None if `caller` itself would then have most.
        """
        largest = max(self._shares, key=lambda name: self._shares[name].texts, default=caller)
        own = self._shares.get(caller, _Share()).texts
        if largest == caller or self._shares[largest].texts <= own + texts:
            return None
        return max(entry for entry in self._heap if entry[2].is_waiting and entry[2].request.caller == largest)[2]

    def _count(self, changed: Slice, share: _Share, sign: int) -> None:
        changed.is_waiting = sign > 0
        texts, seconds = sign * len(changed.texts), sign * changed.seconds
        self._callers -= share.texts > 0
        share.texts += texts
        self._callers += share.texts > 0
        share.seconds += seconds
        self.texts += texts
        self.seconds += seconds

    def _forget_callers(self) -> None:
        """Forget the callers who have nothing waiting and have had no more than their share."""
        kept = {name: share for name, share in self._shares.items() if share.texts or share.end > self._now}
        self._shares = kept
