"""Texts as word pieces, and batches of texts of similar length, gathered on the training device."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from textlab.models.length_buckets import shuffled_buckets

TEXTS_AT_ONCE = 10_000  # an encoding takes far more memory than its numbers


@dataclass(frozen=True, eq=False)
class Tokens:
    """Texts as numbers of word pieces, packed one after the other.

    Attributes:
        numbers: int32 (total,), the pieces of each text, [CLS] first and [SEP] last.
        lengths: int64 (n,), the number of pieces of each text.
    """

    numbers: np.ndarray
    lengths: np.ndarray


def tokenise(tokenizer: Any, texts: Sequence[str], maximum_length: int) -> Tokens:
    """Split raw texts into word pieces.

    The texts are not normalised first, because the exported model knows only the checkpoint's own tokenizer.

    Args:
        tokenizer: a `tokenizers.Tokenizer`.
        texts: n raw texts.
        maximum_length: the pieces that are read from a text, [CLS] and [SEP] included.
    """
    tokenizer.no_padding()
    tokenizer.enable_truncation(maximum_length)
    encoded = [
        np.array(encoding.ids, np.int32)
        for start in range(0, len(texts), TEXTS_AT_ONCE)
        for encoding in tokenizer.encode_batch_fast([as_unicode(text) for text in texts[start : start + TEXTS_AT_ONCE]])
    ]
    lengths = np.array([len(numbers) for numbers in encoded], np.int64)
    return Tokens(np.concatenate([np.zeros(0, np.int32), *encoded]), lengths)


def as_unicode(text: str) -> str:
    """Return the text as a graph decodes it: U+FFFD replaces what UTF-8 cannot hold, such as half a surrogate pair."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def computed_for_a_real_one(lengths: np.ndarray, batches: Sequence[np.ndarray]) -> float:
    """Return the number of computed tokens, padding included, per real token; 1.0 means no padding."""
    computed = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    return computed / int(sum(lengths[batch].sum() for batch in batches))


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of a `DeviceTokens`.

    Attributes:
        rows: int64 tensor (b,) on the device.
        longest: the number of tokens of the longest row, kept here because asking a GPU for it would be slow.
        padded: whether any row is shorter.
    """

    rows: Any
    longest: int
    padded: bool

    def __len__(self) -> int:
        return len(self.rows)

    def twice(self) -> "Batch":
        """Return a batch with each row twice, first all rows once."""
        import torch

        return Batch(torch.cat([self.rows, self.rows]), self.longest, self.padded)

    def split(self, size: int) -> Iterator["Batch"]:
        """Split the batch into parts of at most `size` rows."""
        for rows in self.rows.split(size):
            yield Batch(rows, self.longest, self.padded)


class TrainingBatch(Protocol):
    """Examples that decide one step of a training."""

    def __len__(self) -> int:
        """Return the number of examples."""

    def split(self, size: int) -> Iterator["TrainingBatch"]:
        """Split the batch into parts of at most `size` examples."""


B = TypeVar("B", bound=TrainingBatch, covariant=True)


class TrainingExamples(Protocol[B]):
    """The examples of a training."""

    def __len__(self) -> int:
        """Return the number of examples in an epoch."""

    def shuffled(self, batch_size: int, random: np.random.Generator) -> Sequence[B]:
        """Return the batches of an epoch; each has `batch_size` examples, and the last one the rest."""


class DeviceTokens:
    """`Tokens` on a device, which gathers batches from them there, so that only row numbers are sent."""

    def __init__(self, tokens: Tokens, padding: int, device: Any) -> None:
        import torch

        self.lengths, self.device = tokens.lengths, device
        self._padding = padding
        self._numbers = torch.from_numpy(tokens.numbers).to(device)
        self._device_lengths = torch.from_numpy(tokens.lengths).to(device)
        self._starts = torch.cumsum(self._device_lengths, 0) - self._device_lengths

    def __len__(self) -> int:
        return len(self.lengths)

    def shuffled(self, batch_size: int, random: np.random.Generator) -> list[Batch]:
        """Return all rows in random batches of similar length."""
        return self.batches(shuffled_buckets(self.lengths, batch_size, random))

    def batches(self, rows: Sequence[np.ndarray]) -> list[Batch]:
        """Send the row numbers of all batches to the device at once, and return the batches."""
        import torch

        sizes = [len(batch) for batch in rows]
        sent = torch.from_numpy(np.concatenate(rows)).to(self.device).split(sizes)
        lengths = [self.lengths[batch] for batch in rows]
        return [
            Batch(there, int(mine.max()), bool(mine.min() < mine.max()))
            for there, mine in zip(sent, lengths, strict=True)
        ]

    def gather(self, batch: Batch) -> tuple[Any, Any]:
        """Return token numbers int64 (b, longest) and the attention mask, bool (b, 1, 1, longest), or None.

        The mask is None if there is no padding. transformers uses a mask of four dimensions as it is. It would examine
        one of two dimensions, and a GPU would have to wait for the result.
        """
        import torch

        positions = torch.arange(batch.longest, device=self.device)
        index = self._starts[batch.rows][:, None] + positions
        if not batch.padded:
            return self._numbers[index].long(), None
        real = positions < self._device_lengths[batch.rows][:, None]
        numbers = torch.where(real, self._numbers[index.clamp(max=len(self._numbers) - 1)], self._padding)
        return numbers.long(), real[:, None, None, :]
