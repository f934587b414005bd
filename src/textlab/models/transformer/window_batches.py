"""Batches of texts in windows, for training: a step reads whole texts, and memory holds a few windows at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.models.length_buckets import shuffled_buckets
from textlab.models.transformer.batches import Batch, DeviceTokens
from textlab.models.transformer.windows import Windows


@dataclass(frozen=True, eq=False)
class WindowBatch:
    """Texts of a `DeviceWindows`.

    Attributes:
        texts: int64 (b,), the rows of the texts.
        rows: the same as a tensor on the device.
        counts: int64 (b,), the number of windows of each text.
    """

    texts: np.ndarray
    rows: Any
    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def twice(self) -> "WindowBatch":
        """Return a batch with each text twice, first all texts once."""
        import torch

        texts, counts = np.tile(self.texts, 2), np.tile(self.counts, 2)
        return WindowBatch(texts, torch.cat([self.rows, self.rows]), counts)

    def split(self, size: int) -> Iterator["WindowBatch"]:
        """Split the batch into parts of at most `size` windows; a text with more is a part of its own."""
        start = held = 0
        for end, count in enumerate(self.counts.tolist()):
            if end > start and held + count > size:
                yield self._part(start, end)
                start, held = end, 0
            held += count
        yield self._part(start, len(self))

    def _part(self, start: int, end: int) -> "WindowBatch":
        return WindowBatch(self.texts[start:end], self.rows[start:end], self.counts[start:end])


class DeviceWindows:
    """`Windows` on a device. The examples of a training are their texts."""

    def __init__(self, windows: Windows, padding: int, device: Any) -> None:
        self.device, self._counts, self._starts = device, windows.counts, windows.starts
        self._tokens = DeviceTokens(windows.tokens, padding, device)
        lengths = windows.tokens.lengths
        self.lengths = np.add.reduceat(lengths, self._starts) if len(lengths) else lengths

    def __len__(self) -> int:
        return len(self._counts)

    def shuffled(self, batch_size: int, random: np.random.Generator) -> list[WindowBatch]:
        """Return all texts in random batches of similar length."""
        return self.batches(shuffled_buckets(self.lengths, batch_size, random))

    def batches(self, texts: Sequence[np.ndarray]) -> list[WindowBatch]:
        """Return a batch for each array of rows of texts."""
        import torch

        return [WindowBatch(each, torch.from_numpy(each).to(self.device), self._counts[each]) for each in texts]

    def gather(self, batch: WindowBatch) -> tuple[Any, Any]:
        """Return the tokens of all windows of a batch, text by text, and the attention mask; see `DeviceTokens`."""
        firsts = np.repeat(self._starts[batch.texts], batch.counts)
        windows: Batch = self._tokens.batches([firsts + _numbers_within(batch.counts)])[0]
        return self._tokens.gather(windows)


def _numbers_within(counts: np.ndarray) -> np.ndarray:
    """Return 0 to count - 1 for each count, one after the other."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def pooled(states: Any, counts: np.ndarray) -> Any:
    """Return the `smooth_maximum` of each number over the windows of each text, (b, width).

    Args:
        states: what the head reads of each window, a tensor (w, width).
        counts: int64 (b,), the number of windows of each text; they add up to w.
    """
    import torch

    most = int(counts.max())
    if (counts == most).all():
        return smooth_maximum(states.unflatten(0, (len(counts), most)))
    numbers = np.arange(most)
    index = np.minimum(numbers, counts[:, None] - 1) + (np.cumsum(counts) - counts)[:, None]
    absent = torch.from_numpy(numbers >= counts[:, None]).to(states.device)
    return smooth_maximum(states[torch.from_numpy(index).to(states.device)], absent[..., None])


def smooth_maxima(states: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the `smooth_maximum` over the windows of each text, float32 (n, width).

    Args:
        states: float32 (w, width).
        starts: int (n,), the first window of each text.
    """
    counts = np.diff(starts, append=len(states))
    weights = np.exp(states - np.repeat(np.maximum.reduceat(states, starts), counts, axis=0))
    maxima: np.ndarray = np.add.reduceat(weights * states, starts) / np.add.reduceat(weights, starts)
    return maxima


def smooth_maximum(states: Any, absent: Any = None) -> Any:
    """Return the mean of each number over windows, weighted by the softmax of these numbers: (..., width).

    One window among many can tell the class, and a mean would drown it. A maximum finds it, but teaches one window at
    a time, and did not learn texts of 250 words. Here every window learns, and the largest numbers weigh most.

    Args:
        states: a tensor (..., windows, width).
        absent: which windows do not count, bool (..., windows, 1); None if all count.
    """
    weighed = states if absent is None else states.masked_fill(absent, float("-inf"))
    return (weighed.softmax(-2) * states).sum(-2)
