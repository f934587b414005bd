import base64
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from normaliser_checks import NormaliserPair, map_of, real_map
from tokeniser_checks import AWKWARD, TokeniserPair, code_points, tweets
from tokenizers import Regex, Tokenizer
from tokenizers.models import Unigram
from tokenizers.normalizers import NFC, NFKD, Lowercase, Precompiled, Replace, Sequence, Strip, StripAccents
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.trainers import UnigramTrainer

from textlab.text.tokenisers.charsmap import read_charsmap

# Characters of every class of grapheme clusters, and of every length in UTF-8.
TELLING = [
    *"aA#é1 ",
    *"\x00\r\n\u0085\u00ad",
    *"\u0300\u0301\u0327\u0903\ufe0f\u20e3\U0001f3fd\U0001d165",
    *"\u200d\u00a9\u00ae\u2764\U0001f469\U0001f1e6\U0001f1e7",
    *"\u0600\u06dd\U000110bd",
    *"\u1100\u1161\u11a8\uac00\uac01\U00016d63",
    *"\u0915\u094d\u0924\u093c\u0cc6",
    *"ªﬁ™Ａﾞ",
]
texts = st.lists(st.one_of(st.sampled_from(TELLING), st.characters(exclude_categories=["Cs"])), min_size=1, max_size=9)


def encoded(blob):
    return base64.b64encode(blob).decode()


@pytest.fixture(scope="module")
def real():
    return NormaliserPair(Precompiled(real_map()), traced=True)


@pytest.fixture(scope="module")
def everything():
    """A map in which each of the telling characters is a key: its output shows where clusters end."""
    return NormaliserPair(map_of({character: "k" for character in TELLING if character != "\x00"}))


def mixtures(pools, count, seed=1):
    draw = random.Random(seed)
    return ["".join(draw.choice(draw.choice(pools)) for _ in range(draw.randint(1, 9))) for _ in range(count)]


def test_a_real_map_equals_on_awkward_texts_and_a_sample_of_code_points(real):
    real.check(AWKWARD[:-1])
    real.check([text for one in code_points()[::2] for text in (one, f"a{one}b", f"e{one}\u0301", f"\u00aa{one}")])


def test_a_real_map_equals_on_its_keys(real):
    keys = list(read_charsmap(encoded(real_map())))
    real.check([text for key in keys for text in (key, f"a{key}b", f"{key}\u0301")])
    real.check(mixtures([keys, TELLING, [key for key in keys if len(key) > 1]], 5000))


def test_a_real_map_equals_on_real_tweets(real, real_data):
    real.check(tweets(real_data, 1000))


@settings(max_examples=25, deadline=None)
@given(st.lists(texts.map("".join), min_size=1, max_size=12))
def test_a_real_map_equals_on_any_texts(real, texts):
    real.check(texts)


def test_clusters_end_where_those_of_tokenizers_end(everything):
    everything.check([one + other for one in TELLING for other in TELLING])
    everything.check(mixtures([TELLING], 2000))


def test_a_map_shows_clusters_in_texts_side_by_side(everything):
    everything.check(
        [
            "a",
            "\u0300a",
            "\u200d\u00a9",
            "\u00a9",
            "\u200d\u00a9\ufe0f",
            "\n",
            "\r",
            "\n",
            "\U0001f1e6" * 3,
            "\U0001f1e6",
        ]
    )


def test_the_shortest_key_replaces_a_short_cluster():
    pair = NormaliserPair(
        map_of(
            {
                "e\u0300": "E",
                "e\u0300\u0301": "F",
                "o": "o",
                "u": "",
                "i\u0300\u0301": "three",
                "\r\n": "line",
                "\u0600a": "x",
            }
        )
    )
    assert pair.in_graph(["e\u0300\u0301", "o\u0301", "u\u0301!", "i\u0300\u0301", "\r\n"]) == [
        "E",
        "o",
        "!",
        "three",
        "line",
    ]
    pair.check(mixtures([["e\u0300", "\u0301", "\u0300", "o", "u", "i", "\r", "\n", "\u0600", "a", "\u20e3"]], 2000))


def test_only_keys_that_can_be_found_are_read():
    rules = {"a": "b", "é\u0301": "two", "x\u0300\u0301": "", "too long": "never"}
    found = read_charsmap(json.loads(map_of(rules).__getstate__())["precompiled_charsmap"])
    assert found == {"a": "b", "é\u0301": "two", "x\u0300\u0301": ""}


@pytest.mark.parametrize("blob", [b"", b"\x08\0\0\0abc", b"\x06\0\0\0abcdefgh", b"\0\0\0\0abcd"])
def test_a_damaged_map_is_refused(blob):
    with pytest.raises(ValueError, match="is damaged"):
        read_charsmap(encoded(blob))


@pytest.mark.slow
def test_every_code_point_is_treated_alike(real):
    for surrounding in ("{}", "z{}z", "e{}\u0301", "\u00aa{}", "\u0600{}"):
        real.check([surrounding.replace("{}", character) for character in code_points(every=True)])


@pytest.mark.slow
def test_clusters_of_every_code_point_end_where_those_of_tokenizers_end(everything):
    characters = code_points(every=True)
    for surrounding in (
        "a{}",
        "\u00a9\u200d{}\u0300",
        "\u0600\u1100{}",
        "{}\u094d\u0915\u0300",
        "\u0915\u094d{}\u0300",
    ):
        everything.check([surrounding.replace("{}", character) for character in characters])
    everything.check(mixtures([TELLING, TELLING, characters], 100_000, seed=2))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["xlm-roberta", "deberta-v3", "albert"])
def test_whole_tokenizers_of_sentencepiece_equal(kind, real_data):
    blanks, precompiled = Replace(Regex(" {2,}"), " "), Precompiled(real_map())
    quotes = [Replace("``", '"'), Replace("''", '"')]
    normalisers = {
        "xlm-roberta": [precompiled, blanks],
        "deberta-v3": [precompiled, Replace(Regex(r"\s{2,}|[\n\r\t]"), " "), NFC(), Strip(left=False)],
        "albert": [*quotes, NFKD(), StripAccents(), Lowercase(), precompiled, blanks],
    }
    tokenizer = Tokenizer(Unigram())
    tokenizer.normalizer = Sequence(normalisers[kind])
    tokenizer.pre_tokenizer = Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = UnigramTrainer(vocab_size=1200, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(tweets(real_data), trainer)
    pair = TokeniserPair(tokenizer, maximum_length=128, traced=True)
    pair.check_awkward("e\u0301", "ﬁ")
    pair.check_code_points()
    pair.check(tweets(real_data, 12_000))
