"""The rules of normalisation give the same tokens in a TensorFlow graph as in Python."""

import unicodedata

import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textlab.text import graph
from textlab.text.normalisation import MAPPED_CODE_POINTS, normalise

TELLING = [
    "https://t.co/x",
    "@user",
    "#tag",
    "&amp;lt;",
    ":-)",
    ":D",
    "(:",
    "<3",
    "<30",
    "www.a.b",
    "ftp://a",
    "x:(y",
    "sooo",
    "!!!",
    "?!",
    "...",
    "\u2026",
    "don't",
    "''",
    "<url>",
    "jo@ex.com",
    " ",
    "\x00",
    "\ud800",
    "e\u0301\u0323",
    "\u202eשלום",
    "مرحبا",
    "👩\u200d👧🏽",
    "🇫🇷",
    "İ",
    "ß",
    "Σας",
    "ﬁ",
    "\x85",
    "\u2028",
]
tweets = st.lists(st.one_of(st.sampled_from(TELLING), st.text(st.characters(), max_size=8)), max_size=12).map("".join)
signs = st.text(st.sampled_from("aA1'\"@#:;=()<>&/.!?-_[]{}|\\ \t\n^o3pd"), max_size=40)


@pytest.fixture(scope="module")
def in_graph():
    function = tf.function(graph.normalise, input_signature=[tf.TensorSpec([None], tf.string)])
    return lambda texts: [text.decode() for text in function(tf.constant(graph.encode(texts), tf.string)).numpy()]


@settings(max_examples=500, deadline=None)
@given(tweets)
@example("a" * 10_000)
@example("😂" * 10_000)
@example("@" * 10_000)
@example("\ud83d" * 10_000)
@example("'' \ud800''x")
@example("''\ud800''x")
@example("(:" * 5_000)
def test_graph_and_python_agree_on_any_text(in_graph, text):
    assert in_graph([text]) == [normalise(text)]


@settings(max_examples=500, deadline=None)
@given(signs)
def test_graph_and_python_agree_on_punctuation(in_graph, text):
    assert in_graph([text]) == [normalise(text)]


def test_graph_and_python_agree_on_every_code_point(in_graph):
    pieces = [f"a{chr(code_point)}b {chr(code_point)}" for code_point in range(0x110000)]
    texts = ["\n".join(pieces[start : start + 64]) for start in range(0, len(pieces), 64)]  # faster than one by one
    assert in_graph(texts) == [normalise(text) for text in texts]


def test_code_points_beyond_the_map_need_no_mapping():
    for code_point in range(MAPPED_CODE_POINTS, 0xE0000):
        character = chr(code_point)
        assert not character.isspace()
        assert character.lower() == character
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def test_invalid_utf8_becomes_blanks():
    function = tf.function(graph.normalise)
    assert function(tf.constant([b"good\xff\xfecrew"])).numpy().tolist() == [b"good crew"]


def test_empty_tensor_stays_empty(in_graph):
    assert in_graph([]) == []
