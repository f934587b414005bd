"""Read the rules of byte-pair encoding (BPE) from the model of a tokenizer.json."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

NONE = np.iinfo(np.int32).max  # the rank of a pair that is never merged
UNKNOWN = -1
BYTES = 256
ADVICE = "Save the tokenizer again with save_pretrained, or choose another checkpoint."


@dataclass(frozen=True)
class Merges:
    """The pairs of tokens that are merged, m in all, in the order of the file.

    Attributes:
        left, right: int64 (m,), the ids of the two tokens of each pair.
        ranks: int32 (m,), the line of each pair; of a pair that is listed twice, the later line counts.
        products: int32 (lines,), the id of the merged token for each line.
        hasty: bool (lines,), whether merging the pair of a line can create a pair of an earlier line.
    """

    left: np.ndarray
    right: np.ndarray
    ranks: np.ndarray
    products: np.ndarray
    hasty: np.ndarray


@dataclass(frozen=True)
class Boundaries:
    """The earliest merge that can ever cross the boundary between two tokens.

    When the two grow, the left one still ends with the same characters, and the right one still begins with the same,
    so this holds for the whole course of merging.

    Attributes:
        classes: the number of classes.
        last, first: int32 (vocabulary,), the class of the last character of each token, and of the first one.
        keys: int64 (b,), the class of the last character times `classes` plus that of the first one, where a merge can
            cross.
        ranks: int32 (b,), the lowest rank of a merge that can cross.
        ending: int32 (vocabulary,), the lowest rank of a merge whose left token ends with each token, or `NONE`.
        beginning: int32 (vocabulary,), the lowest rank of a merge whose right token begins with each token.
    """

    classes: int
    last: np.ndarray
    first: np.ndarray
    keys: np.ndarray
    ranks: np.ndarray
    ending: np.ndarray
    beginning: np.ndarray


@dataclass(frozen=True)
class BytePairRules:
    """The rules of a BPE model.

    Attributes:
        size: the largest id plus 1.
        characters: int32 (4 or 1, c), the id of each code point below c - 1, or `UNKNOWN`, which is the last column.
            Rows are for characters inside, at the end, at the beginning, and both; one row serves all without affixes.
        unknown: the id of an unknown character, or None if it is left out.
        fuse_unknown: whether neighbouring unknown characters are one token.
        bytes: int32 (256,), the ids that spell out an unknown character in bytes, or None.
        words: the words that are one token, with its id.
        merges: the merges.
    """

    size: int
    characters: np.ndarray
    unknown: int | None
    fuse_unknown: bool
    bytes: np.ndarray | None
    words: dict[str, int]
    merges: Merges
    boundaries: Boundaries


def read_byte_pairs(model: Mapping[str, Any]) -> BytePairRules:
    """Read the rules from the JSON object of a model of the type BPE.

    Raises:
        ValueError: its merges are missing or do not fit its vocabulary, or it has a setting that the graph cannot
            reproduce.
    """
    vocabulary: dict[str, int] = model["vocab"]
    prefix, suffix = model.get("continuing_subword_prefix") or "", model.get("end_of_word_suffix") or ""
    if model.get("dropout"):
        raise ValueError(
            f"The tokenizer leaves out merges at random (dropout {model['dropout']}), so it has no fixed tokens. "
            "Set its dropout to null."
        )
    pairs = _pairs(model.get("merges"))
    merges = _merges(pairs, vocabulary, prefix)
    unknown = model.get("unk_token")
    if unknown is not None and unknown not in vocabulary:
        raise ValueError(f"The token {unknown!r} for unknown characters is not in the tokenizer's vocabulary. {ADVICE}")
    spelled = _byte_ids(vocabulary, prefix + suffix) if model.get("byte_fallback") else None
    return BytePairRules(
        size=max(vocabulary.values()) + 1,
        characters=_characters(vocabulary, prefix, suffix),
        unknown=None if unknown is None else vocabulary[unknown],
        fuse_unknown=bool(model.get("fuse_unk")),
        bytes=spelled,
        words=dict(vocabulary) if model.get("ignore_merges") else _whole_words(model, pairs),
        merges=merges,
        boundaries=_boundaries(merges, vocabulary, prefix),
    )


def _pairs(lines: Iterable[str | list[str]] | None) -> list[tuple[str, str]]:
    """Return the pairs of a merges table, whose lines are "left right" or [left, right]."""
    if not lines:
        raise ValueError(f"The tokenizer's table of merges is missing or empty. {ADVICE}")
    pairs = []
    for line in lines:
        if isinstance(line, str) and line.startswith("#version"):
            continue
        parts = line.split(" ") if isinstance(line, str) else line
        if not isinstance(parts, list) or [isinstance(part, str) and part != "" for part in parts] != [True, True]:
            raise ValueError(f"The tokenizer's table of merges has the line {line!r}, which is no pair. {ADVICE}")
        pairs.append((parts[0], parts[1]))
    return pairs


def check_prefix(lines: Iterable[Any], prefix: str) -> None:
    """Raise ValueError if the right token of a merge has no prefix; `tokenizers` panics or aborts at such a file."""
    for left, right in _pairs(lines):
        if not right.startswith(prefix) or right == prefix:
            raise ValueError(
                f"The tokenizer merges {left!r} and {right!r}, which does not begin with {prefix!r} and more. {ADVICE}"
            )


def _merges(pairs: list[tuple[str, str]], vocabulary: Mapping[str, int], prefix: str) -> Merges:
    for left, right in pairs:
        for piece in (left, right, left + right[len(prefix) :]):
            if piece not in vocabulary:
                raise ValueError(
                    f"The tokenizer merges {left!r} and {right!r}, and {piece!r} is not in its vocabulary. {ADVICE}"
                )
    products = np.array([vocabulary[left + right[len(prefix) :]] for left, right in pairs], np.int32)
    rank_of = {pair: rank for rank, pair in enumerate(pairs)}
    ranks = np.array(list(rank_of.values()), np.int32)
    ids = np.array([[vocabulary[left], vocabulary[right]] for left, right in rank_of], np.int64)
    earliest_use = np.full(max(vocabulary.values()) + 1, NONE, np.int32)
    np.minimum.at(earliest_use, ids, ranks[:, None])
    return Merges(ids[:, 0], ids[:, 1], ranks, products, earliest_use[products] < np.arange(len(products)))


def _boundaries(merges: Merges, vocabulary: Mapping[str, int], prefix: str) -> Boundaries:
    """Return the boundaries for a vocabulary whose tokens inside a word have a prefix."""
    number_of: dict[str, int] = {"": 0}
    last = np.zeros(max(vocabulary.values()) + 1, np.int32)
    first = np.zeros_like(last)
    for piece, number in vocabulary.items():
        last[number] = number_of.setdefault(piece[-1:], len(number_of))
        first[number] = number_of.setdefault(piece[len(prefix) : len(prefix) + 1], len(number_of))
    used = np.unique(np.concatenate([last[merges.left], first[merges.right], [0]]))
    place = np.zeros(len(number_of), np.int32)  # characters that no merge puts at a boundary share the class 0
    place[used] = np.arange(len(used))
    last, first = place[last], place[first]
    keys, places = np.unique(last[merges.left].astype(np.int64) * len(used) + first[merges.right], return_inverse=True)
    ranks = np.full(len(keys), NONE, np.int32)
    np.minimum.at(ranks, places, merges.ranks)
    ending, beginning = (np.full(len(last), NONE, np.int32) for _ in range(2))
    piece_of = {number: piece for piece, number in vocabulary.items()}
    for rank, left, right in zip(merges.ranks, merges.left, merges.right, strict=True):
        for piece in _endings(piece_of[left], prefix):
            token = vocabulary.get(piece, left)
            ending[token] = min(ending[token], rank)
        for size in range(len(prefix) + 1, len(piece_of[right]) + 1):
            token = vocabulary.get(piece_of[right][:size], right)
            beginning[token] = min(beginning[token], rank)
    return Boundaries(len(used), last, first, keys, ranks, ending, beginning)


def _endings(piece: str, prefix: str) -> Iterator[str]:
    """Return the tokens that can be the last part of a token: itself, and what continues a word."""
    yield piece
    for start in range(1, len(piece)):
        yield prefix + piece[start:]


def _characters(vocabulary: Mapping[str, int], prefix: str, suffix: str) -> np.ndarray:
    rows = []
    for before, after in [("", "")] if not prefix + suffix else [(b, a) for b in (prefix, "") for a in ("", suffix)]:
        long = len(before) + len(after) + 1
        rows.append(
            {
                ord(piece[len(before)]): number
                for piece, number in vocabulary.items()
                if len(piece) == long and piece.startswith(before) and piece.endswith(after)
            }
        )
    characters = np.full((len(rows), max(max(row, default=0) for row in rows) + 2), UNKNOWN, np.int32)
    for numbers, row in zip(characters, rows, strict=True):
        numbers[list(row)] = list(row.values())
    return characters


def _byte_ids(vocabulary: Mapping[str, int], affixes: str) -> np.ndarray:
    pieces = [f"<0x{byte:02X}>" for byte in range(BYTES)]
    missing = [piece for piece in pieces if piece not in vocabulary]
    if missing or affixes:
        reason = f"lacks {missing[0]}" if missing else f"adds {affixes!r} to characters"
        raise ValueError(
            f"The tokenizer spells unknown characters in bytes but {reason}, so the graph cannot reproduce it. "
            "Choose a checkpoint with all 256 bytes and without affixes."
        )
    return np.array([vocabulary[piece] for piece in pieces], np.int32)


def _whole_words(model: Mapping[str, Any], pairs: list[tuple[str, str]]) -> dict[str, int]:
    """Return the words that merging turns into one token: a table answers for them at once."""
    from tokenizers.models import BPE

    names = ("unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback")
    settings = {name: model[name] for name in names if model.get(name) is not None}
    reference = BPE(vocab=model["vocab"], merges=pairs, cache_capacity=0, **settings)
    tokens = {piece: reference.tokenize(piece) for piece in model["vocab"] if piece}
    return {piece: found[0].id for piece, found in tokens.items() if len(found) == 1}
