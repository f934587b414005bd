import re

import numpy as np
import pytest

from textlab.text.normalisation import RULES, normalise


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("Great crew", "great crew"),
        ("wait... what?!", "wait ... what ? !"),
        ("no!!!!! why???", "no !! why ??"),
        ("soooo goooood, yayyy", "soo good , yayy"),
        ("see https://t.co/Ab3?x=1 and www.example.com/a.b", "see <url> and <url>"),
        ("@AirParadis thanks", "<user> thanks"),
        ("mail me at jo.doe@example.com", "mail me at <email>"),
        ("#LostLuggage again", "<hashtag> lostluggage again"),
        ("love it <3 :) :-D ;p", "love it <smile> <smile> <smile> <smile>"),
        ("awful :( :-/ ):", "awful <frown> <frown> <frown>"),
        ("(again): late", "( again ) : late"),
        ("I don\u2019t know \u201cthis\u201d \u2013 really", 'i don\'t know " this " - really'),
        ("'quoted' isn't", "quoted isn't"),
        ("wow😂😂😂", "wow 😂 😂 😂"),
        ("flight\u00a0AP12\tis\nlate", "flight ap12 is late"),
        ("\U0001d401\U0001d428\U0001d425\U0001d41d ＷＩＤＥ", "bold wide"),
        ("zero\u200bwidth\x00and\u2060joined", "zero width andjoined"),
        ("Awww... that is sad", "aww ... that is sad"),
        ("seehttps://x.y now (www.x.y) www.a.b www.c.d", "see <url> now ( <url> <url> <url>"),
        ("www. is no address, awww.nice.day neither", "ww . is no address , aww . nice . day neither"),
        ("www.m\u00fcller.de", "<url>"),
        ("ftp://x.y/z", "<url>"),
        ("<30 min <3.5% <3 <3<3 <333 <3.", "< 30 min < 3 . 5 % <smile> <smile> <smile> <smile> <smile> ."),
        (
            "options:(a) and:/or x=[1 late:( :(late :-(late",
            "options : ( a ) and : / or x = [ 1 late <frown> <frown> late <frown> late",
        ),
        ("", ""),
        ("   ", ""),
    ],
)
def test_text_becomes_tokens(text, normalised):
    assert normalise(text) == normalised


def test_link_is_removed_before_punctuation():
    assert normalise("http://a.b/c!d") == "<url>"


def test_rules_are_skipped_only_for_texts_without_a_match():
    random = np.random.default_rng(0)
    parts = [need for rule in RULES for need in rule.needs] + list("ab.@:/'<3 ") + ["http", "ftp", "w.x"]
    texts = ["".join(random.choice(parts, 6)) for _ in range(5_000)]
    for rule in RULES:
        for text in texts:
            if rule.needs and re.search(rule.pattern, text, re.ASCII):
                assert any(need in text for need in rule.needs), (rule.name, text)


def test_entities_are_decoded_even_when_escaped_twice():
    assert normalise("fish &amp;amp; chips &lt;3 &quot;ok&quot; &#39;") == 'fish & chips <smile> " ok "'


def test_skin_tone_and_joiners_leave_the_plain_emoji():
    assert normalise("👍🏽 👩\u200d👩\u200d👧 ❤\ufe0f") == "👍 👩 👩 👧 ❤"


def test_flag_stays_one_token():
    assert normalise("to🇫🇷now") == "to 🇫🇷 now"


def test_words_stay_when_a_text_is_normalised_twice():
    once = normalise("Sooo late, @you &amp; me https://x.y :( #tag")
    assert normalise(once) == once


def test_rules_use_only_syntax_that_re2_supports():
    for rule in RULES:
        assert not any(unknown in rule.pattern for unknown in ("(?=", "(?!", "(?<", r"\p", r"\w", r"\b", r"\s", r"\d"))


def test_ten_thousand_repetitions_of_a_character_are_normalised_quickly():
    for character in "a.@#:<&(1'😂":
        assert normalise(character * 10_000) is not None


def test_rule_names_are_unique_and_every_rule_has_a_reason():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.why for rule in RULES)
