"""The sentences that answer a request best."""

import numpy as np

from textlab.search.passages import COMPARED, LONGEST, best_passages, compared_sentences, sentences_of

PROFILE = "Builds web sites. Scrapes prices with Python!\nPaints at night. Maintains a parser for C++."


def test_sentences_end_at_full_stops_and_line_breaks():
    assert sentences_of(PROFILE) == [
        "Builds web sites.",
        "Scrapes prices with Python!",
        "Paints at night.",
        "Maintains a parser for C++.",
    ]


def test_a_sentence_without_end_is_cut_at_words():
    pieces = sentences_of("word " * 200)
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert " ".join(pieces).split() == ["word"] * 200


def test_a_word_without_end_is_cut_too():
    assert "".join(sentences_of("x" * 1000)) == "x" * 1000


def test_without_an_encoder_common_words_decide():
    assert best_passages(PROFILE, "a C++ parser") == ["Maintains a parser for C++."]


def test_without_a_common_word_there_is_no_passage():
    assert best_passages(PROFILE, "quantum") == []


def test_an_encoder_decides_by_the_cosine_and_the_order_of_the_document_stays():
    def encode(texts):
        return np.array([[float("Scrapes" in text or "price" in text), float("Paints" in text)] for text in texts])

    assert best_passages(PROFILE, "price paints", encode, count=1) == ["Scrapes prices with Python!"]
    assert best_passages(PROFILE, "price and Paints", encode) == ["Scrapes prices with Python!", "Paints at night."]


def test_an_empty_document_has_no_passage():
    assert best_passages(" \n", "anything") == []


def test_only_the_beginning_of_a_long_document_is_read():
    beginning = PROFILE + " word" * COMPARED
    assert compared_sentences(beginning + "Ends with Fortran.") == compared_sentences(beginning[:COMPARED])
    assert best_passages(beginning + "x" * 5_000_000, "a C++ parser") == ["Maintains a parser for C++."]
