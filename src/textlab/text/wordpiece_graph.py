"""WordPiece inside a TensorFlow graph, from core operations alone: what a BERT tokenizer of transformers does.

`read_wordpiece` reads the rules from a tokenizer.json; `WordPieceGraph` applies them to a string tensor. The token ids
are those of transformers' fast tokenizer, on every text. To that end each code point is replaced by what the
tokenizer's own normaliser and pre-tokenizer make of it, which is exact as BERT's look at one character at a time; where
they do not (neighbouring combining marks are sorted), `read_wordpiece` sees whether the vocabulary lets it matter.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice, permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

KINDS = {"model": "WordPiece", "normalizer": "BertNormalizer", "pre_tokenizer": "BertPreTokenizer"}
CODE_POINTS = 0x110000
SURROGATES = range(0xD800, 0xE000)
PRIVATE_USE = range(0xE000, 0xF900)
BLOCK = 256
ABSENT = -CODE_POINTS  # a shift that leads below zero from any code point: no character here
SEPARATOR = "zqz"  # no single code point becomes this
CODE_POINTS_A_CALL = 4096
NOT_FOUND = -1


@dataclass(frozen=True)
class CodePointMap:
    """What becomes of each code point, in blocks of 256; blocks that are alike are stored once.

    Attributes:
        block_of: int32 (4352,), the row of `shifts` for each block of code points.
        shifts: int32 (blocks, 256, s), what to add to a code point to have the up to s characters that replace it;
            `ABSENT` where there are fewer.
    """

    block_of: np.ndarray
    shifts: np.ndarray


@dataclass(frozen=True)
class WordPieceRules:
    """All that tokenizing needs.

    Attributes:
        code_points: the normaliser and the pre-tokenizer; blanks part the words.
        stand_ins: for each special token, which is recognised wherever it stands literally, the private-use character
            that takes its place.
        spare: the private-use character for those that a text has of its own.
        beginnings: the ids of the pieces that a word may begin with, and of the stand-ins.
        continuations: the ids of the pieces that may follow, without their prefix.
        longest_word: a word of more characters is unknown.
        unknown, first, last: the ids of an unknown word, and of what begins and ends every text.
    """

    code_points: CodePointMap
    stand_ins: dict[str, str]
    spare: str
    beginnings: dict[str, int]
    continuations: dict[str, int]
    longest_word: int
    unknown: int
    first: int
    last: int


def read_wordpiece(path: Path) -> WordPieceRules:
    """Read the rules from a tokenizer.json, in about two seconds.

    Its truncation and padding are left aside: they belong to a call.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not WordPiece as BERT has it, or has something that a graph cannot do exactly.
    """
    from tokenizers import Tokenizer

    if not path.exists():
        raise FileNotFoundError(f"{path} is missing. Save the tokenizer beside the model with save_pretrained.")
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    _check_kinds(document, path)
    _check_added_tokens(document["added_tokens"], path)
    tokenizer = Tokenizer.from_str(text)
    model = document["model"]
    unknown = model["vocab"][model["unk_token"]]
    first, last = _ends(tokenizer, model["vocab"].get("a", unknown), path)
    characters = set("".join(model["vocab"]))
    replacements = _replacements(tokenizer)
    _check_order(tokenizer, replacements, characters, path)
    special = {token["content"]: token["id"] for token in document["added_tokens"]}
    free = (chr(number) for number in PRIVATE_USE if chr(number) not in characters)
    stand_ins = dict(zip(special, free, strict=False))
    prefix = model["continuing_subword_prefix"]
    return WordPieceRules(
        code_points=_code_point_map(replacements | {ord(sign): f" {sign} " for sign in stand_ins.values()}),
        stand_ins=stand_ins,
        spare=next(free),
        beginnings=model["vocab"] | {stand_ins[token]: number for token, number in special.items()},
        continuations={
            piece.removeprefix(prefix): number for piece, number in model["vocab"].items() if piece.startswith(prefix)
        },
        longest_word=model["max_input_chars_per_word"],
        unknown=unknown,
        first=first,
        last=last,
    )


def _check_kinds(document: dict[str, Any], path: Path) -> None:
    for part, kind in KINDS.items():
        found = (document[part] or {}).get("type")
        if found != kind:
            raise ValueError(
                f"The {part} of {path} is {found}; the graph knows {kind} only. Use a checkpoint with BERT's tokenizer."
            )


def _check_added_tokens(added: list[dict[str, Any]], path: Path) -> None:
    for token in added:
        flags = [flag for flag in ("normalized", "lstrip", "rstrip", "single_word") if token[flag]]
        if flags:
            raise ValueError(
                f"The added token {token['content']!r} of {path} is {' and '.join(flags)}; the graph finds added "
                "tokens only as they stand. Add it without, or make it a piece of the vocabulary."
            )
    for one, other in permutations([token["content"] for token in added], 2):
        if other in one or any(one.endswith(other[:length]) for length in range(1, len(other))):
            raise ValueError(
                f"The added tokens {one!r} and {other!r} of {path} can overlap in a text; the graph finds them one "
                "after the other and could take the wrong one. Leave one out."
            )


def _replacements(tokenizer: "Tokenizer") -> dict[int, str]:
    """What the tokenizer makes of each code point: its characters, with blanks where it parts words."""
    found: dict[int, str] = {}
    numbers = (number for number in range(CODE_POINTS) if number not in SURROGATES)
    while chunk := list(islice(numbers, CODE_POINTS_A_CALL)):
        text = SEPARATOR + "".join(chr(number) + SEPARATOR for number in chunk)
        words = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))
        apart = " ".join(word for word, _ in words)
        found.update(zip(chunk, apart.split(SEPARATOR)[1:-1], strict=True))
    return found


def _check_order(tokenizer: "Tokenizer", replacements: dict[int, str], characters: set[str], path: Path) -> None:
    """Refuse a vocabulary in which it matters that the normaliser sorts neighbouring combining marks.

    It does not matter for a mark that is removed, nor for one in no piece: its word is unknown in any order.
    """
    marks = [mark for mark in characters if unicodedata.combining(mark) and replacements[ord(mark)]]
    for one, other in permutations(sorted(marks), 2):
        if unicodedata.combining(one) <= unicodedata.combining(other):
            continue
        if tokenizer.normalizer.normalize_str(one + other) != replacements[ord(one)] + replacements[ord(other)]:
            raise ValueError(
                f"The vocabulary of {path} holds the marks U+{ord(one):04X} and U+{ord(other):04X}, which the "
                "tokenizer's normaliser swaps where they meet; the graph takes one character at a time and cannot."
            )


def _ends(tokenizer: "Tokenizer", letter: int, path: Path) -> tuple[int, int]:
    """The tokens that the tokenizer puts around a text; `letter` is the id of "a"."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ids = tokenizer.encode("a").ids
    if len(ids) != 3 or ids[1] != letter:
        raise ValueError(
            f"The tokenizer of {path} turns one letter into the ids {ids}; expected one token before it and one behind."
        )
    return ids[0], ids[2]


def _code_point_map(replacements: dict[int, str]) -> CodePointMap:
    shifts = np.full((CODE_POINTS, max(map(len, replacements.values()))), ABSENT, np.int32)
    for number, replacement in replacements.items():
        for place, character in enumerate(replacement):
            shifts[number, place] = ord(character) - number
    blocks, block_of = np.unique(shifts.reshape(CODE_POINTS // BLOCK, -1), axis=0, return_inverse=True)
    return CodePointMap(block_of.astype(np.int32), blocks.reshape(len(blocks), BLOCK, -1))


class WordPieceGraph:
    """Texts to token ids inside a graph.

    Args:
        rules: what `read_wordpiece` gives.
        maximum_length: how many tokens a text may have, the first and the last one included.

    Attributes:
        tables: the look-ups; the module that is saved must hold them as an attribute.
    """

    def __init__(self, rules: WordPieceRules, maximum_length: int) -> None:
        self.rules, self.maximum_length = rules, maximum_length
        self._beginnings, self._continuations = _Pieces(rules.beginnings), _Pieces(rules.continuations)
        self.tables = [self._beginnings.table, self._continuations.table]

    def token_ids(self, texts: Any) -> Any:
        """The tokens of each text.

        Args:
            texts: string tensor of shape (n,), UTF-8; what is not valid UTF-8 counts as U+FFFD.

        Returns:
            ragged int32 tensor of shape (n, None): the first token, at most `maximum_length` - 2 of the text, the last.
        """
        import tensorflow as tf

        words = tf.strings.split(self._words_apart(texts))
        distinct, position = tf.unique(words.values)
        pieces = tf.gather(self._pieces(distinct), position)
        ids = words.with_values(pieces).merge_dims(1, 2)[:, : self.maximum_length - 2]
        one = tf.ones([tf.shape(texts)[0], 1], tf.int32)
        return tf.concat([self.rules.first * one, ids, self.rules.last * one], axis=1)

    def _words_apart(self, texts: Any) -> Any:
        """The texts as normaliser and pre-tokenizer leave them, with blanks between words and stand-ins."""
        import tensorflow as tf

        rules = self.rules
        texts = tf.strings.regex_replace(texts, f"[{rules.spare}{''.join(rules.stand_ins.values())}]", rules.spare)
        for token, sign in rules.stand_ins.items():
            texts = tf.strings.regex_replace(texts, re.escape(token), sign)
        numbers = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
        return tf.strings.unicode_encode(_replaced(rules.code_points, numbers), "UTF-8")

    def _pieces(self, words: Any) -> Any:
        """The longest piece that each of the `words` (w,) begins with, then the longest that goes on, and so forth.

        Returns:
            ragged int32 tensor of shape (w, None).
        """
        import tensorflow as tf

        lengths = tf.strings.length(words, unit="UTF8_CHAR")
        short = lengths <= self.rules.longest_word
        whole = tf.where(short, self._beginnings.table.lookup(words), NOT_FOUND)
        divided = short & (whole == NOT_FOUND)

        def step(pieces: _Pieces, owners: Any, ids: Any, active: Any, starts: Any) -> tuple[Any, Any, Any, Any]:
            """Find one more piece of each active word; `owners` and `ids` say which word has which pieces."""
            found, ends = pieces.longest_from(tf.gather(words, active), starts)
            goes_on = (found != NOT_FOUND) & (ends < tf.gather(lengths, active))
            owners, ids = tf.concat([owners, active], axis=0), tf.concat([ids, found], axis=0)
            return owners, ids, tf.boolean_mask(active, goes_on), tf.boolean_mask(ends, goes_on)

        owners, active = tf.where(~divided)[:, 0], tf.where(divided)[:, 0]
        owners, ids, _, _ = tf.while_loop(
            lambda owners, ids, active, starts: tf.size(active) > 0,
            lambda *state: step(self._continuations, *state),
            step(self._beginnings, owners, tf.gather(whole, owners), active, tf.zeros_like(active, tf.int32)),
            shape_invariants=(tf.TensorShape([None]),) * 4,
        )
        failed = tf.math.unsorted_segment_min(ids, owners, tf.size(words)) == NOT_FOUND
        kept = (ids == NOT_FOUND) | ~tf.gather(failed, owners)  # of a word that failed, the failure alone
        owners, ids = tf.boolean_mask(owners, kept), tf.boolean_mask(ids, kept)
        order = tf.argsort(owners, stable=True)
        owners = tf.gather(owners, order)
        ids = tf.gather(tf.where(ids == NOT_FOUND, self.rules.unknown, ids), order)
        return tf.RaggedTensor.from_value_rowids(ids, owners, tf.size(words, tf.int64), validate=False)


class _Pieces:
    """Pieces of the vocabulary as a look-up from the piece to its id."""

    def __init__(self, pieces: dict[str, int]) -> None:
        import tensorflow as tf

        keys = tf.constant([piece.encode() for piece in pieces], tf.string)
        ids = tf.constant(list(pieces.values()), tf.int32)
        self.longest = max(map(len, pieces), default=1)
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, ids), NOT_FOUND)

    def longest_from(self, words: Any, starts: Any) -> tuple[Any, Any]:
        """The longest piece in each of the `words` (a,) from `starts` (a,) on.

        Returns:
            int32 (a,), its id or `NOT_FOUND`; and int32 (a,), where it ends, or any place behind the word's end.
        """
        import tensorflow as tf

        sizes = tf.range(1, self.longest + 1)[None, :] + tf.zeros_like(starts)[:, None]
        # Beyond the word's end substr gives what is left of it, so a last piece is found for all larger sizes too.
        candidates = tf.strings.substr(words[:, None], starts[:, None] + tf.zeros_like(sizes), sizes, "UTF8_CHAR")
        found = self.table.lookup(candidates)
        size = tf.reduce_max(tf.where(found == NOT_FOUND, 0, sizes), axis=1)
        return tf.gather(found, tf.maximum(size - 1, 0), batch_dims=1), starts + size


def _replaced(code_points: CodePointMap, numbers: Any) -> Any:
    """The code points `numbers`, ragged int32 (n, None), each replaced by those that the map names."""
    import tensorflow as tf

    shifts = tf.constant(code_points.shifts.reshape(-1, code_points.shifts.shape[2]))
    blocks = tf.gather(tf.constant(code_points.block_of), numbers.values // BLOCK)
    replaced = numbers.values[:, None] + tf.gather(shifts, blocks * BLOCK + numbers.values % BLOCK)
    present = replaced >= 0
    ends = tf.cumsum(tf.reduce_sum(tf.cast(present, tf.int64), axis=1))
    splits = tf.gather(tf.concat([[0], ends], axis=0), numbers.row_splits)
    return tf.RaggedTensor.from_row_splits(tf.boolean_mask(replaced, present), splits, validate=False)
