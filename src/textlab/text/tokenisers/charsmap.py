"""Read SentencePiece's precompiled map of characters, which is a trie of UTF-8 bytes and a list of replacements."""

import base64

import numpy as np

LONGEST_KEY = 5  # bytes; `tokenizers` looks for whole clusters of fewer than 6 bytes, and for characters
HAS_LEAF, WIDE, IS_VALUE = 1 << 8, 1 << 9, 1 << 31  # bits of a unit of the trie


def read_charsmap(encoded: str) -> dict[str, str]:
    """Return what replaces each key of up to `LONGEST_KEY` bytes; `tokenizers` finds no longer ones.

    The trie is a double array of Darts: a unit has its byte in bits 0 to 7, and from bit 10 on the offset to its
    children, which lie where the place of the unit, the offset and the child's byte are added without carry.

    Args:
        encoded: the map in base64, as in tokenizer.json: the size of the trie in bytes, the trie's units of 32 bits,
            and the replacements, each with a zero byte at its end.

    Raises:
        ValueError: the map is damaged.
    """
    blob = base64.b64decode(encoded)
    size = int.from_bytes(blob[:4], "little")
    if len(blob) < 8 or size % 4 or not 4 <= size <= len(blob) - 4:
        raise _damaged()
    units = np.frombuffer(blob[4 : 4 + size], "<u4").astype(np.int64)
    texts = blob[4 + size :]
    return {key: _text_at(texts, place) for key, place in _keys(units).items()}


def _keys(units: np.ndarray) -> dict[str, int]:
    found: dict[str, int] = {}
    keys, places = [b""], _children(units, np.zeros(1, np.int64))
    letters = np.arange(1, 256)
    for _ in range(LONGEST_KEY):
        nexts = places[:, None] ^ letters
        exists = nexts < len(units)
        exists &= units[np.where(exists, nexts, 0)] & (IS_VALUE | 0xFF) == letters
        parents, columns = np.nonzero(exists)
        keys = [keys[parent] + bytes([letter]) for parent, letter in zip(parents, letters[columns], strict=True)]
        nodes = nexts[exists]
        places = _children(units, nodes)
        leaf = np.flatnonzero(units[nodes] & HAS_LEAF)
        if (places[leaf] >= len(units)).any():
            raise _damaged()
        values = units[places[leaf]] & (IS_VALUE - 1)
        found.update(
            (keys[node].decode(errors="replace"), int(value)) for node, value in zip(leaf, values, strict=True)
        )
    return {key: value for key, value in found.items() if "\ufffd" not in key or key == "\ufffd"}


def _children(units: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return the place of each node plus its offset, without carry."""
    return nodes ^ (units[nodes] >> 10 << ((units[nodes] & WIDE) >> 6))


def _text_at(texts: bytes, place: int) -> str:
    end = texts.find(b"\0", place)
    try:
        return texts[place : end if end >= 0 else len(texts)].decode()
    except UnicodeDecodeError:
        raise _damaged() from None


def _damaged() -> ValueError:
    return ValueError(
        "The precompiled map of characters in the tokenizer's normaliser is damaged. Download the checkpoint again."
    )
