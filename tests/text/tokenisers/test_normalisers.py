import json
import random
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from normaliser_checks import NormaliserPair
from tokeniser_checks import AWKWARD, code_points, tweets
from tokenizers import Regex
from tokenizers.normalizers import (
    NFC,
    NFD,
    NFKC,
    NFKD,
    BertNormalizer,
    ByteLevel,
    Lowercase,
    Nmt,
    Prepend,
    Replace,
    Sequence,
    Strip,
    StripAccents,
)

from textlab.text.tokenisers.contract import build

FORMS = {"NFC": NFC, "NFD": NFD, "NFKC": NFKC, "NFKD": NFKD}
OTHERS = {
    "Lowercase": Lowercase(),
    "StripAccents": StripAccents(),
    "Nmt": Nmt(),
    "ByteLevel": ByteLevel(),
    "Strip": Strip(),
    "Prepend": Prepend("▁x"),
    "BertNormalizer that strips accents": BertNormalizer(False, False, True, True),
}
LONG = {
    "BertNormalizer": BertNormalizer(),
    "BertNormalizer of cased models": BertNormalizer(lowercase=False),
    "Strip on the right": Strip(left=False),
    "Strip on the left": Strip(right=False),
    "Strip nowhere": Strip(left=False, right=False),
    "Sequence": Sequence([Strip(), NFKD(), StripAccents(), Lowercase(), Replace(" ", "▁"), Prepend("▁")]),
    "empty Sequence": Sequence([]),
}
PATTERNS = {
    "a blank": (" ", "▁"),
    "two quotes": ("''", '"'),
    "a repeated letter": ("aaa", "b"),
    "a word": ("ab", ""),
    "one for several": ("a", "xyz"),
    "runs of blanks": (Regex(" {2,}"), " "),
    "white space": (Regex(r"\s+"), " "),
    "long or odd white space": (Regex(r"\s{2,}|[\n\r\t]"), " "),
}
LONG_PATTERNS = {
    "digits": (Regex(r"\d"), "0"),
    "words": (Regex(r"\p{L}{3,}"), "$1"),
    "all but letters": (Regex("[^ab]+"), ""),
}
MARKS = [chr(number) for number in range(0x300, 0x110000) if unicodedata.combining(chr(number))]
SYLLABLES = [
    *map(chr, range(0x1100, 0x1114)),
    *map(chr, range(0x1160, 0x1177)),
    *map(chr, range(0x11A7, 0x11C4)),
    "가",
    "각",
]
SECONDS = [
    *"\u09be\u09d7\u0b3e\u0bd7\u0cc2\u0cd5\u0dcf\u0dca\u102e\u1b35\U00011127",
    *"\u09c7\u0bc6\u0cc6\u0cbf\u0dd9\u1025",
]
telling = st.sampled_from([*MARKS[::40], *SYLLABLES[::9], *SECONDS, *"aeAEé =' \t", "\u034f", "\u3000", "\x85", "\x00"])
texts = st.lists(st.one_of(telling, st.characters(exclude_categories=["Cs"])), min_size=1, max_size=9).map("".join)


@pytest.fixture(scope="module", params=FORMS)
def form(request):
    return NormaliserPair(FORMS[request.param]())


@pytest.fixture(scope="module", params=OTHERS)
def other(request):
    return NormaliserPair(OTHERS[request.param])


@pytest.fixture(scope="module")
def chain():
    parts = [Lowercase(), StripAccents(), Replace(Regex(r"\s+"), " "), Strip(), NFC()]
    return NormaliserPair(Sequence(parts), traced=True)


def mixtures(count, seed=1):
    """Return texts of marks, parts of syllables, characters that decompose, and letters, in a random order."""
    draw = random.Random(seed)
    decomposed = [chr(number) for number in range(0xA0, 0x30000) if unicodedata.decomposition(chr(number))]
    pools = [MARKS, decomposed, SYLLABLES, SECONDS, list("aeiou AEnso=<"), ["\u034f", "\u200d", "\ufe0f", "\u0338"]]
    return ["".join(draw.choice(draw.choice(pools)) for _ in range(draw.randint(1, 12))) for _ in range(count)]


def canonical_pairs():
    """Return the two characters of each canonical decomposition, together, apart, and with marks between them."""
    found = []
    for number in range(0xA0, 0x30000):
        parts = unicodedata.decomposition(chr(number)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            first, second = (chr(int(part, 16)) for part in parts)
            found += [first + second, first + "\u0334" + second, first + second + second, f"{first}\u0345{second}"]
    return found


def test_normal_forms_equal_on_awkward_texts_and_a_sample_of_code_points(form):
    form.check(AWKWARD[:-1])
    form.check([text for character in code_points() for text in (character, f"a{character}b")])


def test_normal_forms_equal_on_pairs_that_compose(form):
    form.check(canonical_pairs())


def test_normal_forms_equal_on_mixtures_of_marks_and_syllables(form):
    form.check(mixtures(1000))


def test_a_text_of_marks_takes_linear_time(form):
    text = "\u0301" * 20_000 + "e" + "\u0323\u0301" * 10_000 + "\u1100\u1161\u11a8" * 5_000
    form.check(["a"])
    began = time.process_time()
    form.in_graph([text])
    assert time.process_time() - began < 30  # it takes half a second, and quadratic time would be minutes
    form.check([text[:3000], text[19_990:20_100]])


def test_other_normalisers_equal_on_awkward_texts_and_a_sample_of_code_points(other):
    other.check(AWKWARD[:-1])
    other.check([text for character in code_points()[::3] for text in (character, f"a{character}B", f" {character} ")])
    other.check(mixtures(500))


def test_normalisers_equal_on_real_tweets(other, real_data):
    other.check(tweets(real_data, 200))


@settings(max_examples=25, deadline=None)
@given(st.lists(texts, min_size=1, max_size=12))
def test_a_sequence_of_normalisers_equals_on_any_texts(chain, texts):
    chain.check(texts)


def test_a_normaliser_may_meet_texts_that_another_has_emptied(chain):
    chain.check([" ", "\u0301", "a", "\x00", "\x00\u0301", "\u0301 "])


def check_replacement(pattern, content):
    draw = random.Random(2)
    mixed = ["".join(draw.choice("  aabb''`▁\n\r\t\u3000\x85\x1cé5٣") for _ in range(9)) for _ in range(500)]
    NormaliserPair(Replace(pattern, content)).check([*mixed, "a" * 100, " " * 50, "''" * 9 + "'"])


@pytest.mark.parametrize("kind", PATTERNS)
def test_replacements_equal(kind):
    check_replacement(*PATTERNS[kind])


@pytest.mark.slow
@pytest.mark.parametrize("kind", LONG_PATTERNS)
def test_replacements_of_large_classes_equal(kind):
    check_replacement(*LONG_PATTERNS[kind])


@pytest.mark.parametrize("pattern", ["", "aba", "abab"])
def test_a_string_that_can_overlap_with_itself_is_refused(pattern):
    with pytest.raises(ValueError, match="can overlap with itself"):
        build("normalisers", json.loads(Replace(pattern, "x").__getstate__()))


@pytest.mark.parametrize(
    "pattern",
    [
        " +▁",
        "^▁+$",
        "(l)(e)",
        "a|b",
        "a{0,}",
        "a{2,3}",
        "a{1,}|b",
        ".",
        "a*",
        r"\s{3,}|[\n]",
        "(?i)a",
        "[[a]b]+",
        r"\bA",
    ],
)
def test_other_regular_expressions_are_refused_by_name(pattern):
    with pytest.raises(ValueError, match="replaces the regular expression") as refused:
        build("normalisers", json.loads(Replace(Regex(pattern), "x").__getstate__()))
    assert repr(pattern) in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*FORMS, *OTHERS, *LONG])
def test_every_code_point_is_treated_alike(kind):
    pair = NormaliserPair(FORMS[kind]() if kind in FORMS else {**OTHERS, **LONG}[kind], traced=True)
    characters = code_points(every=True)
    pair.check(characters)
    pair.check([f"z{character}z" for character in characters])
    pair.check(mixtures(30_000, seed=3))


@pytest.mark.slow
@pytest.mark.parametrize("clean_text", [True, False])
@pytest.mark.parametrize("handle_chinese_chars", [True, False])
@pytest.mark.parametrize("strip_accents", [True, False, None])
@pytest.mark.parametrize("lowercase", [True, False])
def test_every_setting_of_the_normaliser_of_bert_is_reproduced(
    clean_text, handle_chinese_chars, strip_accents, lowercase
):
    pair = NormaliserPair(BertNormalizer(clean_text, handle_chinese_chars, strip_accents, lowercase))
    pair.check([f"a{character}b" for character in code_points(every=True)[::3]])
    pair.check(mixtures(20_000, seed=4))
