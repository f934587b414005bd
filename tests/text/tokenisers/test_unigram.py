import json
import random

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tokeniser_checks import TokeniserPair, code_points, texts_around, tweets
from tokenizers import AddedToken, Tokenizer, pre_tokenizers, processors
from tokenizers.models import Unigram
from tokenizers.trainers import UnigramTrainer

from textlab.text.tokenisers.contract import Splits, build

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
SENTENCES = [
    "the cat sat on the mat and did not hear the other cats at all",
    "Die Katze saß auf der Matte und hörte die anderen Katzen überhaupt nicht",
    "η γάτα κάθισε στο χαλί και δεν άκουσε τις άλλες γάτες",
    "猫はマットの上に座っていて、他の猫の声はまったく聞こえなかった。",
    "แมวนั่งบนเสื่อและไม่ได้ยินเสียงแมวตัวอื่นเลย",
    "القطة جلست على السجادة ولم تسمع القطط الأخرى",
    "aaaa aaaaaaaa hahaha!!! 😀😀 2024 …",
]


def xlm_roberta():
    """A tokenizer as XLM-R's, without its normaliser, trained on seven sentences."""
    tokenizer = Tokenizer(Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    trainer = UnigramTrainer(vocab_size=300, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


@pytest.fixture(scope="module")
def like_xlm_roberta():
    return TokeniserPair(xlm_roberta(), traced=True)


def test_ids_equal_those_of_a_tokenizer_like_xlm_roberta(like_xlm_roberta):
    like_xlm_roberta.check([*SENTENCES, " ".join(SENTENCES)])
    like_xlm_roberta.check_awkward("▁", "猫", " <mask>")


def test_ids_equal_those_of_a_tokenizer_like_xlm_roberta_for_every_script(like_xlm_roberta):
    like_xlm_roberta.check_code_points()


@settings(max_examples=20, deadline=None)
@given(st.lists(texts_around("<mask>", "</s>", "Katze", "γάτα", "猫の", "แมว", "القطط", "aaaa"), max_size=4))
def test_ids_equal_those_of_a_tokenizer_like_xlm_roberta_on_any_texts(like_xlm_roberta, texts):
    like_xlm_roberta.check(texts)


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize("scheme", ["always", "first", "never"])
def test_signs_for_blanks_stand_where_tokenizers_puts_them(scheme, split):
    reference = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
    texts = [" ", "  ", "a", " a", "▁a", "▁", "a  b", "猫  猫▁▁ ", "a\tb", *SENTENCES]
    splits = Splits(
        tf.ragged.constant([[ord(character) for character in text] for text in texts], tf.int32),
        tf.range(len(texts), dtype=tf.int64),
        tf.ones(len(texts), tf.bool),
    )
    words = build("pre_tokenisers", json.loads(reference.__getstate__()))(splits)
    found = tf.RaggedTensor.from_value_rowids(words.characters, words.segment, len(texts)).to_list()
    assert [["".join(map(chr, word)) for word in row] for row in found] == [
        [word for word, _ in reference.pre_tokenize_str(text)] for text in texts
    ]


def test_texts_of_thousands_of_characters_without_blanks_have_the_same_ids():
    tokenizer = xlm_roberta()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    pair = TokeniserPair(tokenizer, 12_000)
    short = ["", " ", "a", " a", "▁a", "a  b", "</s>a", "a</s>a", " </s> a </s>", "<mask> a", "猫  猫▁▁ "]
    chance = random.Random(3)
    long = "".join(chance.choices(SENTENCES[3] + SENTENCES[4] + "aé字", k=1_500))
    pair.check([*SENTENCES, *short, long, "a" * 2_500, *(letter * 1_000 for letter in "bcdefgh")])


def document(vocabulary, unknown=0, byte_fallback=False):
    return {"type": "Unigram", "vocab": vocabulary, "unk_id": unknown, "byte_fallback": byte_fallback}


def check_words(model, words):
    """Compare the ids of words with those of the package `tokenizers`."""
    reference = Tokenizer.from_str(json.dumps({"version": "1.0", "added_tokens": [], "model": model}))
    canonical = build("token_models", json.loads(reference.to_str())["model"])
    found = canonical(tf.constant([word.encode() for word in words], tf.string)).to_list()
    for word, ids in zip(words, found, strict=True):
        assert ids == reference.encode(word).ids, word
    return canonical


def vocabulary_at_random(seed, letters="abcé", count=40):
    """Pieces with scores in tenths, so that sums are often equal, or differ by rounding alone."""
    chance = random.Random(seed)
    pieces = {"".join(chance.choices(letters, k=chance.randint(1, 5))) for _ in range(count)}
    return [["<unk>", 0.0], *([piece, -chance.randint(1, 9) / 10] for piece in sorted(pieces))]


def words_at_random(seed, letters="abcé𝒳", count=1500, longest=30):
    chance = random.Random(seed)
    words = ["".join(chance.choices(letters, k=chance.randint(1, longest))) for _ in range(count)]
    written = ["<unk>", "a<unk>", "<unk><unk>b", "𝒳<unk>𝒳", "\x00", "a\x00b", "\x7f\x80߿ࠀ￿𐀀􏿿", "𝒳" * 40]
    return [*words, *written]


@pytest.mark.parametrize("seed", range(3))
def test_equal_sums_are_decided_as_tokenizers_decides_them(seed):
    check_words(document(vocabulary_at_random(seed)), words_at_random(seed))


def test_bytes_stand_for_unknown_characters():
    pieces = [[f"<0x{byte:02X}>", 0.0] for byte in range(256)]
    check_words(document([*vocabulary_at_random(5), *pieces], byte_fallback=True), words_at_random(5))
    check_words(document(vocabulary_at_random(5), byte_fallback=True), words_at_random(5, count=100))


def test_a_sign_of_one_character_stands_for_unknown_characters():
    pieces = [["⁇", -1.5], *vocabulary_at_random(6)[1:]]
    words = words_at_random(6, letters="abé⁇𝒳", count=500)
    check_words(document(pieces), words)
    check_words(document(pieces + [[f"<0x{byte:02X}>", 0.0] for byte in range(256)], byte_fallback=True), words)


def test_scores_are_read_as_tokenizers_reads_them():
    # `tokenizers` rounds one score in seven to a neighbour of the nearest number, which decides between equal sums.
    chance = random.Random(8)
    vocabulary = [["<unk>", 0.0]]
    for left in "abcdefghijklmnopqrst":
        score = -chance.random() * 12
        vocabulary += [[left, score], [left + left, 2 * score], [left * 3, 3 * score]]
    check_words(document(vocabulary), [letter * length for letter in "abcdefghijklmnopqrst" for length in range(1, 12)])


def test_of_two_equal_pieces_the_later_one_counts():
    check_words(document([["<unk>", 0.0], ["a", -1.0], ["ab", -9.0], ["b", -1.0], ["ab", -1.5]]), ["ab", "aab", "abab"])


def test_a_piece_that_is_never_the_best_is_divided():
    model = check_words(document([["<unk>", 0.0], ["a", -1.0], ["b", -1.0], ["ab", -9.0]]), ["a", "ab", "abab"])
    assert model.whole_words.lookup(tf.constant(["a", "ab"])).numpy().tolist() == [1, -1]


PLAIN = [["<unk>", 0.0], ["a", -1.0], ["b", -2.0]]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (document(PLAIN, None), "3 pieces and the unk_id None"),
        (document(PLAIN, 3), "3 pieces and the unk_id 3"),
        (document([]), "0 pieces"),
        (document([*PLAIN, ["<0x00>", 0.0]], 0, True), "lacks 255 of the 256 pieces"),
        (document([["<unk>", 30.0], ["xy", 20.0]]), "the piece 'xy' a lower score than to unknown characters"),
        (document([*PLAIN, ["<unk><unk>", -1.0]]), "the piece '<unk><unk>' a lower score"),
    ],
    ids=["no-unknown", "unknown-too-large", "empty", "some-bytes", "high-scores", "unknown-twice"],
)
def test_a_unigram_model_that_cannot_be_reproduced_is_refused(model, message):
    with pytest.raises(ValueError, match=message):
        build("token_models", model)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"replacement": "__"}, "the replacement '__'"),
        ({"prepend_scheme": "last"}, "the prepend_scheme 'last'"),
        ({"add_prefix_space": False}, "contradict each other"),
    ],
    ids=["replacement", "scheme", "contradiction"],
)
def test_a_metaspace_that_tokenizers_refuses_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        build("pre_tokenisers", {"type": "Metaspace", "replacement": "▁"} | changes)


@pytest.mark.slow
def test_ids_equal_those_of_tokenizers_on_every_code_point_and_on_tweets(real_data):
    texts = tweets(real_data, 12_000)
    tokenizer = xlm_roberta()
    trainer = UnigramTrainer(vocab_size=4000, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator([*SENTENCES, *texts[:4000]], trainer)
    TokeniserPair(tokenizer, 256, traced=True).check(texts)
    words = [f"▁a{character}{character}b" for character in code_points(every=True)]
    check_words(json.loads(tokenizer.to_str())["model"], words)


@pytest.mark.slow
def test_ids_equal_those_of_published_tokenizers(real_data):
    paths = sorted((real_data / "tokenizers").glob("*.json"))
    if not paths:
        pytest.skip(f"no tokenizer.json of a published checkpoint in {real_data / 'tokenizers'}")
    for path in paths:
        pair = TokeniserPair.from_file(path, 256, traced=True)
        pair.check([*SENTENCES, *tweets(real_data, 12_000)])
        pair.check_code_points()
