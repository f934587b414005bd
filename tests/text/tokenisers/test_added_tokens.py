"""Added tokens written in texts: which are found, and what they take of the text beside them."""

import itertools
import json
import random

import pytest
import tensorflow as tf
from tokeniser_checks import TokeniserPair
from tokenizers import AddedToken, Tokenizer, normalizers
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import WhitespaceSplit

from textlab.text.tokenisers.reading import parse_tokeniser

VOCABULARY = {piece: number for number, piece in enumerate(["?", "a", "b", "ab", "##a", "##b", "x", "##x", "é", "##é"])}
OVERLAPPING = [
    "ab",
    "abx",
    "bxa",
    "xab",
    "aa",
    "aaa",
    "[x]",
    "[x][",
    "][",
    " ",
    "   ",
    "\x00",
    "\ue000é",
    "x\U0001f600",
]
FLAGS = [
    AddedToken(
        f"<{int(left)}{int(right)}{int(word)}{int(normalised)}>",
        lstrip=left,
        rstrip=right,
        single_word=word,
        normalized=normalised,
    )
    for left in (False, True)
    for right in (False, True)
    for word in (False, True)
    for normalised in (False, True)
]
BLANKS = [" ", "  ", "\u3000\n", "\x85", "\u200b", "a", "é", "\u0301", "_", "1", "\u200d", "-", "<", "x"]


def tokenizer(*tokens, normaliser=None):
    """Return a WordPiece of a few letters with added tokens, which keeps the blanks of other segments apart."""
    built = Tokenizer(WordPiece(VOCABULARY, unk_token="?"))
    built.pre_tokenizer = WhitespaceSplit()
    built.normalizer = normaliser
    built.add_tokens([*tokens])
    return built


def raw(content):
    return AddedToken(content, normalized=False)


@pytest.fixture(scope="module")
def overlapping():
    return TokeniserPair(tokenizer(*map(raw, OVERLAPPING)))


@pytest.fixture(scope="module")
def with_flags():
    return TokeniserPair(tokenizer(*FLAGS))


def mixtures(parts, count):
    """Return every pair of parts, and texts of up to 12 parts drawn at random."""
    chance = random.Random(count)
    drawn = ["".join(chance.choices(parts, k=chance.randint(3, 12))) for _ in range(count)]
    return [*map("".join, itertools.product(parts, repeat=2)), *drawn]


def test_leftmost_and_longest_tokens_are_found(overlapping):
    overlapping.check(mixtures([*OVERLAPPING, *"abx[] "], 4000))


def test_tokens_take_blanks_and_stand_alone_as_their_flags_say(with_flags):
    contents = [token.content for token in FLAGS]
    pairs = [one + between + other for one in contents for other in contents for between in ("", " ", "a b")]
    surrounded = [before + one + after for one in contents for before in BLANKS for after in BLANKS]
    with_flags.check([*pairs, *surrounded, *mixtures([*contents, *BLANKS], 4000)])


def test_token_of_blanks_within_the_blanks_that_another_takes_is_found_too():
    both = TokeniserPair(tokenizer(AddedToken("X", rstrip=True, normalized=False), raw("  ")))
    both.check(["X     a", "X  ", "  X   b", "X X   X"])
    assert both.in_graph(["X     a"]) == [[10, 11, 11, 1]]


def test_many_tokens_in_a_long_text_take_linear_time(overlapping):
    overlapping.check(["ab" * 20_000, " " * 20_000, "abx" * 5_000 + "[x]" * 5_000])


def test_ids_are_those_of_the_package_where_the_file_states_others():
    document = json.loads(tokenizer(raw("<user>")).to_str())
    document["added_tokens"][0]["id"] = 99
    both = TokeniserPair(Tokenizer.from_str(json.dumps(document)))
    both.check(["a <user> b"])


def test_tokens_with_the_flag_normalized_are_normalised_like_the_text():
    tokens = [AddedToken("<USER>", normalized=True), raw("<URL>"), AddedToken("AB", single_word=True, normalized=True)]
    both = TokeniserPair(tokenizer(*tokens, normaliser=normalizers.Lowercase()))
    both.check_awkward("<User>", "ab", "aB ")
    assert both.in_graph(["<USER><user><url><URL>"]) == both.in_graph(["<user> <USER> <url> <URL>"])


def test_tokens_that_normalisation_makes_equal_are_refused():
    built = tokenizer(AddedToken("<USER>"), AddedToken("<User>"), normaliser=normalizers.Lowercase())
    message = r"makes the added tokens '<USER>' and '<User>' equal, and tokenizers finds now one, now the other"
    with pytest.raises(ValueError, match=message):
        parse_tokeniser(built.to_str())


def test_token_of_which_normalisation_leaves_nothing_is_refused():
    built = tokenizer(AddedToken("\x01", normalized=True), normaliser=normalizers.Nmt())
    with pytest.raises(ValueError, match=r"leaves nothing of the added token '\\x01'"):
        parse_tokeniser(built.to_str())


def test_token_that_is_listed_twice_is_refused():
    document = json.loads(tokenizer(raw("<user>")).to_str())
    document["added_tokens"] *= 2
    with pytest.raises(ValueError, match=r"lists the added token '<user>' twice\. Remove one"):
        parse_tokeniser(json.dumps(document))


def test_graph_without_added_tokens_has_no_search_for_them():
    both = TokeniserPair(tokenizer(), traced=True)
    both.check_awkward()
    operations = {node.op for node in both.function.get_concrete_function().graph.as_graph_def().node}
    assert "LowerBound" not in operations
    assert isinstance(both.graph.pieces(tf.constant(["a"])), tf.RaggedTensor)
