"""Read the rules of a BERT tokenizer from its tokenizer.json, for use in a TensorFlow graph.

Each code point is mapped to the output of the tokenizer's own normaliser and pre-tokenizer. This is exact, because
BERT's look at one character at a time, with one exception: they sort neighbouring combining marks. `read_wordpiece`
refuses a vocabulary for which that matters.
"""

import json
import unicodedata
from dataclasses import dataclass
from itertools import permutations
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
ABSENT = -CODE_POINTS  # a shift that makes every code point negative: there is no character here
SEPARATOR = "zqz"  # no code point is mapped to this


@dataclass(frozen=True)
class CodePointMap:
    """A map from each code point to its replacement, in blocks of 256; equal blocks are stored once.

    Attributes:
        block_of: int32 (4352,), the row of `shifts` for each block of code points.
        shifts: int32 (blocks, 256, s), what to add to a code point to get each of the up to s characters that replace
            it; `ABSENT` if there are fewer.
    """

    block_of: np.ndarray
    shifts: np.ndarray


@dataclass(frozen=True)
class WordPieceRules:
    """The rules of a WordPiece tokenizer.

    Attributes:
        code_points: the normaliser and the pre-tokenizer as a map; blanks separate words.
        stand_ins: the private-use character that replaces each special token written out in a text.
        spare: the private-use character that replaces a stand-in that a text already contains.
        beginnings: the ids of the pieces that can begin a word, and of the stand-ins.
        continuations: the ids of the pieces that can continue a word, without their prefix.
        longest_word: the length in characters above which a word is unknown.
        unknown, first, last: the ids of an unknown word, and of the tokens that begin and end every text.
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
    """Read the rules from a tokenizer.json, which takes about a second.

    Its truncation and padding are ignored, because they belong to a call of the tokenizer.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: it is not BERT's WordPiece, or a graph cannot reproduce it exactly.
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
                f"The {part} of {path} is {found}, and the graph supports {kind} only. "
                "Use a checkpoint with BERT's tokenizer."
            )


def _check_added_tokens(added: list[dict[str, Any]], path: Path) -> None:
    for token in added:
        flags = [flag for flag in ("normalized", "lstrip", "rstrip", "single_word") if token[flag]]
        if flags:
            raise ValueError(
                f"The added token {token['content']!r} of {path} is {' and '.join(flags)}, and the graph finds only "
                "literal added tokens. Add it without these flags, or make it a piece of the vocabulary."
            )
    for one, other in permutations([token["content"] for token in added], 2):
        if other in one or any(one.endswith(other[:length]) for length in range(1, len(other))):
            raise ValueError(
                f"The added tokens {one!r} and {other!r} of {path} can overlap in a text, and the graph could find the "
                "wrong one first. Remove one of them."
            )


def _replacements(tokenizer: "Tokenizer") -> dict[int, str]:
    """Return the tokenizer's output for each code point, with blanks where it separates words.

    Most blocks of code points pass through unchanged or are removed as a whole, which one call shows. The others are
    taken apart.
    """
    found: dict[int, str] = {}
    for start in range(0, CODE_POINTS, BLOCK):
        if start in SURROGATES:
            continue
        characters = [chr(number) for number in range(start, start + BLOCK)]
        block = "".join(characters)
        normalised = tokenizer.normalizer.normalize_str(block)
        if not normalised:
            outputs = [""] * BLOCK
        elif normalised == block and len(tokenizer.pre_tokenizer.pre_tokenize_str(block)) == 1:
            outputs = characters
        else:
            outputs = _outputs_one_by_one(tokenizer, characters)
        found.update(zip(range(start, start + BLOCK), outputs, strict=True))
    return found


def _outputs_one_by_one(tokenizer: "Tokenizer", characters: list[str]) -> list[str]:
    text = SEPARATOR + "".join(character + SEPARATOR for character in characters)
    words = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))
    return " ".join(word for word, _ in words).split(SEPARATOR)[1:-1]


def _check_order(tokenizer: "Tokenizer", replacements: dict[int, str], characters: set[str], path: Path) -> None:
    """Refuse a vocabulary for which it matters that the normaliser sorts neighbouring combining marks.

    It does not matter for marks that are removed, nor for marks in no piece: their word is unknown in any order.
    """
    marks = [mark for mark in characters if unicodedata.combining(mark) and replacements[ord(mark)]]
    for one, other in permutations(sorted(marks), 2):
        if unicodedata.combining(one) <= unicodedata.combining(other):
            continue
        if tokenizer.normalizer.normalize_str(one + other) != replacements[ord(one)] + replacements[ord(other)]:
            raise ValueError(
                f"The vocabulary of {path} has the marks U+{ord(one):04X} and U+{ord(other):04X}, which the "
                "tokenizer's normaliser swaps and the graph cannot. Use a vocabulary without one of them."
            )


def _ends(tokenizer: "Tokenizer", letter: int, path: Path) -> tuple[int, int]:
    """Return the ids of the tokens that the tokenizer puts around a text; `letter` is the id of "a"."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ids = tokenizer.encode("a").ids
    if len(ids) != 3 or ids[1] != letter:
        raise ValueError(
            f"The tokenizer of {path} turns one letter into the ids {ids}. It must add one token before and one after."
        )
    return ids[0], ids[2]


def _code_point_map(replacements: dict[int, str]) -> CodePointMap:
    lengths = np.fromiter(map(len, replacements.values()), np.int64, len(replacements))
    owners = np.repeat(np.fromiter(replacements, np.int64, len(replacements)), lengths)
    places = np.arange(len(owners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    characters = np.frombuffer("".join(replacements.values()).encode("utf-32-le"), "<i4")
    shifts = np.full((CODE_POINTS, lengths.max()), ABSENT, np.int32)
    shifts[owners, places] = characters - owners
    row_of: dict[bytes, int] = {}
    block_of = [row_of.setdefault(block.tobytes(), len(row_of)) for block in shifts.reshape(-1, BLOCK, shifts.shape[1])]
    blocks = np.frombuffer(b"".join(row_of), np.int32).reshape(len(row_of), BLOCK, -1)
    return CodePointMap(np.array(block_of, np.int32), blocks)
