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
    """Return the largest value of each number over the windows of each text, (b, width).

    A maximum finds one window among many that tells the class. A mean would drown it.

    Args:
        states: what the head reads of each window, a tensor (w, width).
        counts: int64 (b,), the number of windows of each text; they add up to w.
    """
    import torch

    most = int(counts.max())
    if (counts == most).all():
        return states.unflatten(0, (len(counts), most)).amax(1)
    numbers = np.minimum(np.arange(most), counts[:, None] - 1)  # a text with fewer windows repeats its last one
    index = torch.from_numpy(numbers + (np.cumsum(counts) - counts)[:, None]).to(states.device)
    return states[index].amax(1)
