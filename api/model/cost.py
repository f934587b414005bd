"""The cost of a model call in seconds, estimated from the number of texts and the size of the longest one.

A call pads its texts to the longest one, so each further text costs as much as the longest. The costs of the first text
and of each further one are measured when a model is warmed up, for texts of a few sizes.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

SENTENCE = "The crew was lovely, but flight 1549 was late again... thanks @airline! "
SMALLEST_BYTES = 16
SIZES = 4  # number of measured sizes, from the smallest to the longest text
TEXTS = 8  # number of texts in a measured batch
LONG_CALL_SECONDS = 0.005
CALLS = 3  # number of calls per measurement; the fastest counts, since other processes only slow a call down
STEPS = 256  # number of sizes in the table
BYTES_PER_CHARACTER = 4  # maximum in UTF-8
PACE_LIMITS = (0.5, 4.0)
PACE_WEIGHT = 0.05  # weight of the latest call


def size_of(text: str) -> int:
    """The size of a text in bytes of UTF-8. A model's number of words or word pieces grows with it."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


class Cost:
    """Estimates the seconds of model calls.

    Args:
        sizes: measured sizes in bytes, ascending.
        first: seconds of a call with one text of each size.
        further: additional seconds for each further text of each size.
        longest: the largest size that a text can have, in bytes. Beyond the measured sizes, the last slope continues.

    Attributes:
        pace: ratio of the seconds of recent calls to the measured seconds. It changes with the content of texts and
            with the speed of a shared machine.
    """

    def __init__(self, sizes: Sequence[int], first: Sequence[float], further: Sequence[float], longest: int) -> None:
        self._step = max(longest // STEPS, 1)
        upper = np.arange(1, longest // self._step + 2) * self._step
        self._first, self._further = (_continued(upper, sizes, seconds) for seconds in (first, further))
        self._last = len(upper) - 1
        self.pace = 1.0

    def measured_seconds(self, count: int, size: int) -> float:
        """The seconds of a call with `count` texts, the longest of which has `size` bytes, by the measurement alone."""
        place = min(size // self._step, self._last)
        return self._first[place] + (count - 1) * self._further[place]

    def seconds(self, count: int, size: int) -> float:
        """The seconds of a call with `count` texts, the longest of which has `size` bytes, at the current pace."""
        place = min(size // self._step, self._last)
        return (self._first[place] + (count - 1) * self._further[place]) * self.pace

    def correct(self, estimated: float, actual: float) -> None:
        """Adjust the pace to a call that took `actual` seconds instead of `estimated` seconds.

        The limits keep one caller's unusual texts from distorting the estimates for all callers.
        """
        fastest, slowest = PACE_LIMITS
        latest = min(max(actual * self.pace / estimated, fastest), slowest) if estimated > 0 else self.pace
        self.pace += PACE_WEIGHT * (latest - self.pace)


def measure(
    predict: Callable[[list[str]], object],
    longest_characters: int,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> Cost:
    """Measure the cost of a model that has been warmed up.

    Args:
        predict: classifies texts.
        longest_characters: the largest number of characters that a text can have.
        seconds: time limit. A batch that would exceed it is not measured; each of its texts counts as a call.
        clock: the clock. `time.thread_time` excludes other processes, but measures only calls that stay in this
            thread.
    """
    timer = _Timer(predict, time.perf_counter() + seconds, clock)
    smallest = min(SMALLEST_BYTES, longest_characters)
    sizes = sorted({int(size) for size in np.geomspace(smallest, longest_characters, SIZES)})
    texts = [_text(size) for size in sizes]
    first = [timer.fastest([text]) for text in texts]
    further = list(first)
    for place, (text, alone) in enumerate(zip(texts, first, strict=True)):
        if timer.has_time_for(TEXTS * alone):
            further[place] = max((timer.fastest([text] * TEXTS) - alone) / (TEXTS - 1), 0.0)
    return Cost(sizes, first, further, BYTES_PER_CHARACTER * longest_characters)


def _text(size: int) -> str:
    return (SENTENCE * (size // len(SENTENCE) + 1))[:size].rstrip().ljust(size, ".")


class _Timer:
    """Times calls of a model until a moment of `time.perf_counter()`."""

    def __init__(self, predict: Callable[[list[str]], object], until: float, clock: Callable[[], float]) -> None:
        self._predict, self._until, self._clock = predict, until, clock

    def has_time_for(self, seconds: float) -> bool:
        """Return whether a call of this length ends before the time limit."""
        return time.perf_counter() + seconds < self._until

    def fastest(self, texts: list[str]) -> float:
        """The seconds of the fastest of several calls. Long calls are made twice, since the first one is slower."""
        durations: list[float] = []
        while not durations or (len(durations) < CALLS and self.has_time_for(durations[-1])):
            started = self._clock()
            self._predict(texts)
            durations.append(self._clock() - started)
            if len(durations) == 2 and durations[-1] > LONG_CALL_SECONDS:
                break
        return min(durations)


def _continued(wanted: np.ndarray, sizes: Sequence[int], seconds: Sequence[float]) -> list[float]:
    """The seconds at the wanted sizes, interpolated and extrapolated. A longer text never costs less."""
    measured = np.maximum.accumulate(seconds)
    slope = (measured[-1] - measured[-2]) / (sizes[-1] - sizes[-2]) if len(sizes) > 1 else measured[-1] / sizes[-1]
    beyond = np.maximum(wanted - sizes[-1], 0) * slope
    return (np.interp(wanted, sizes, measured) + beyond).tolist()
