"""Long texts as overlapping windows, each of which an encoder reads like a text of its own.

`windows_graph` computes the same windows in a TensorFlow graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.models.transformer.batches import TEXTS_AT_ONCE, Tokens, as_unicode

MOST_WINDOWS = 1_000_000  # far more than a text has, and numbers of tokens stay within 64 bits
OVERLAP = 4  # a fourth of a window is shared with the next one, so that a sentence at an end is also read whole


@dataclass(frozen=True)
class Layout:
    """The windows of a text: the first `most` of those that follow one another until the text ends.

    Attributes:
        room: the tokens of the text in a window, without its prefix and its suffix.
        most: the maximum number of windows of a text.
    """

    room: int
    most: int

    @property
    def step(self) -> int:
        """The tokens from the beginning of a window to the beginning of the next one."""
        return self.room - self.room // OVERLAP

    @property
    def longest(self) -> int:
        """The tokens of the longest text that is read whole."""
        return self.room + (self.most - 1) * self.step


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of n texts, in order.

    Attributes:
        tokens: the w windows, each with the prefix and the suffix that the tokenizer gives a text.
        counts: int64 (n,), the number of windows of each text, at least 1.
        truncated: bool (n,), whether the end of the text is in no window.
    """

    tokens: Tokens
    counts: np.ndarray
    truncated: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """The number of the first window of each text, int64 (n,)."""
        return np.cumsum(self.counts) - self.counts

    @property
    def are_single(self) -> bool:
        """True if every text is one window, and so read as if there were no windows."""
        return len(self.counts) == len(self.tokens.lengths)


@dataclass(frozen=True)
class Ends:
    """The tokens that a tokenizer puts around every text, such as [CLS] and [SEP]."""

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]

    def layout(self, maximum_length: int, most: int) -> Layout:
        """Return the layout of windows of at most `maximum_length` tokens, the ends included.

        Raises:
            ValueError: the length leaves no room for a token of the text, or the number of windows is out of range.
        """
        if not 1 <= most <= MOST_WINDOWS:
            raise ValueError(f"The number of windows is {most}. Give a number from 1 to {MOST_WINDOWS}.")
        taken = len(self.prefix) + len(self.suffix)
        if maximum_length <= taken:
            raise ValueError(
                f"The maximum length is {maximum_length}, but {taken} tokens begin and end every text. Raise "
                "the maximum length."
            )
        return Layout(maximum_length - taken, most)


def ends_of(tokenizer: Any) -> Ends:
    """Return the tokens that a `tokenizers.Tokenizer` puts around a text."""
    from tokenizers import Tokenizer, models

    tokenizer.no_padding()
    tokenizer.no_truncation()
    piece = Tokenizer(models.WordLevel({"a": 0})).encode("a")  # the tokenizer itself may know no "a"
    encoding = tokenizer.post_process(piece)
    inner = encoding.special_tokens_mask.index(0)
    return Ends(tuple(encoding.ids[:inner]), tuple(encoding.ids[inner + 1 :]))


def read_windows(tokenizer: Any, texts: Sequence[str], maximum_length: int, most: int = 1) -> Windows:
    """Split raw texts into tokens, and long ones into windows.

    Args:
        tokenizer: a `tokenizers.Tokenizer`.
        texts: n raw texts.
        maximum_length: the tokens of a window, the tokenizer's own at both ends included.
        most: the maximum number of windows of a text.
    """
    ends = ends_of(tokenizer)
    layout = ends.layout(maximum_length, most)
    tokenizer.no_padding()
    tokenizer.enable_truncation(layout.longest + 1)  # one more than is read shows that a text is cut
    pieces = [
        np.array(encoding.ids, np.int32)
        for start in range(0, len(texts), TEXTS_AT_ONCE)
        for encoding in tokenizer.encode_batch_fast(
            [as_unicode(text) for text in texts[start : start + TEXTS_AT_ONCE]], add_special_tokens=False
        )
    ]
    return windows_of(pieces, layout, ends)


def windows_of(pieces: Sequence[np.ndarray], layout: Layout, ends: Ends) -> Windows:
    """Return the windows of texts.

    Args:
        pieces: the tokens of each of n texts, int32 (length,), without the tokenizer's own.
        layout: the size and the maximum number of windows.
        ends: the tokens at both ends of each window.
    """
    lengths = np.array([len(each) for each in pieces], np.int64)
    beyond = np.maximum(lengths - layout.room, 0)
    counts = 1 + np.minimum(-(-beyond // layout.step), layout.most - 1)
    prefix, suffix = np.array(ends.prefix, np.int32), np.array(ends.suffix, np.int32)
    windows = [
        np.concatenate([prefix, each[start : start + layout.room], suffix])
        for each, count in zip(pieces, counts.tolist(), strict=True)
        for start in range(0, count * layout.step, layout.step)
    ]
    sizes = np.array([len(window) for window in windows], np.int64)
    tokens = Tokens(np.concatenate([np.zeros(0, np.int32), *windows]), sizes)
    return Windows(tokens, counts, lengths > layout.longest)
