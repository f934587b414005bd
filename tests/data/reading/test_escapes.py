"""Escapes and entities are decoded; what people wrote stays."""

import pytest

from textlab.data.reading.escapes import decode, repair_utf8


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        (r"it\u2019s late\u002c sorry", "it’s late, sorry"),
        (r"\ud83d\ude0a great", "😊 great"),
        ("R&amp;D &lt;3 &#39;tis", "R&D <3 'tis"),
        ("Trump Isn&amp;#8217;t", "Trump Isn’t"),
        ("a &amp;amp;lt; b", "a < b"),
        (r"\u0026amp;", "&"),
        (r"one\ntwo", "one\ntwo"),
        (r'say \""""yes\""" now', 'say "yes" now'),
    ],
)
def test_escapes_and_entities_become_characters(raw: str, decoded: str) -> None:
    assert decode(raw) == decoded


@pytest.mark.parametrize(
    "text",
    [
        r"\o/ ¯\_(ツ)_/¯ \the end",
        "http://x.y/?a=1&copy=2",
        "AT&T &Blue; fish & chips; a && b;",
        r"\u12 \uXYZW",
        "",
    ],
)
def test_text_that_people_wrote_stays(text: str) -> None:
    assert decode(text) == text


def test_lone_surrogate_becomes_the_replacement_character() -> None:
    assert decode(r"\ud83d!") == "\ufffd!"


def test_utf8_that_was_read_as_latin1_is_repaired() -> None:
    wrong = "I ♥ this".encode().decode("latin-1")
    assert wrong != "I ♥ this"
    assert repair_utf8(wrong) == "I ♥ this"
    assert repair_utf8("Ñ?Ñ\x83") == "Ñ?у"


def test_real_latin1_characters_stay() -> None:
    assert repair_utf8("café olé, señor; naïve éé") == "café olé, señor; naïve éé"
