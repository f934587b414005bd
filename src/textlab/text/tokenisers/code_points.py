"""Tables of all code points, and classes of characters as `tokenizers` sees them."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tokenizers.pre_tokenizers import PreTokenizer

CODE_POINTS = 0x110000
SURROGATES = range(0xD800, 0xE000)
BLOCK = 256
JOINED, REMOVED, APART = 0, 1, 2  # how a pre-tokenizer treats a character that follows a letter
LETTER = "z"


class CodePointTable:
    """A value for each code point, in blocks of 256; equal blocks are stored once.

    Args:
        values: (0x110000, ...), the value of each code point.
    """

    def __init__(self, values: np.ndarray) -> None:
        rows: dict[bytes, int] = {}
        blocks = values.reshape(-1, BLOCK, *values.shape[1:])
        self.block_of = np.array([rows.setdefault(block.tobytes(), len(rows)) for block in blocks], np.int32)
        _, first = np.unique(self.block_of, return_index=True)
        self.values = blocks[first].reshape(-1, *values.shape[1:])

    def __call__(self, characters: Any) -> Any:
        """Return the values of code points, int32 (c,), as a tensor of shape (c, ...)."""
        import tensorflow as tf

        blocks = tf.gather(tf.constant(self.block_of * BLOCK), tf.bitwise.right_shift(characters, 8))
        return tf.gather(tf.constant(self.values), blocks + tf.bitwise.bitwise_and(characters, BLOCK - 1))


@functools.cache
def treatments(kind: str, **settings: Any) -> np.ndarray:
    """Return how a pre-tokenizer treats each code point after a letter, uint8 (0x110000,).

    A character is `JOINED` to the letter's word, `REMOVED`, or begins a word `APART`. Each is measured on `tokenizers`
    itself, whose tables of Unicode are not Python's. Surrogates, which no text can hold, count as joined.

    Args:
        kind: a class of tokenizers.pre_tokenizers, whose words depend on neighbouring characters at most.
        settings: its arguments.
    """
    from tokenizers import pre_tokenizers

    pre_tokenizer = getattr(pre_tokenizers, kind)(**settings)
    found = np.full(CODE_POINTS, JOINED, np.uint8)
    for start in range(0, CODE_POINTS, BLOCK * 16):
        _measure(pre_tokenizer, range(start, start + BLOCK * 16), found)
    found.flags.writeable = False
    return found


def _measure(pre_tokenizer: "PreTokenizer", numbers: range, found: np.ndarray) -> None:
    """Measure a range of code points: together if they are treated alike, else in parts, in the end one by one."""
    characters = [chr(number) for number in numbers if number not in SURROGATES]
    together = "".join(characters)
    words = [word for word, _ in pre_tokenizer.pre_tokenize_str(LETTER + together)]
    if words == [LETTER + together] or not characters:
        return
    if words in ([LETTER], [LETTER, together]):
        found[numbers.start : numbers.stop] = REMOVED if len(words) == 1 else APART
    elif len(numbers) > BLOCK:
        for start in range(numbers.start, numbers.stop, BLOCK):
            if start not in SURROGATES:
                _measure(pre_tokenizer, range(start, start + BLOCK), found)
    else:
        text = LETTER + "".join(character + LETTER for character in characters)
        spans = np.array([span for _, span in pre_tokenizer.pre_tokenize_str(text)], np.int64).reshape(-1, 2)
        begins, ends = np.zeros((2, len(text) + 1), np.int64)
        begins[spans[:, 0]] = ends[spans[:, 1]] = 1
        inside = np.cumsum(begins - ends) > 0
        treated = np.where(begins > 0, APART, np.where(inside, JOINED, REMOVED))
        found[numbers.start : numbers.stop] = treated[1:-1:2]
