import json
import random

import pytest
import tensorflow as tf
from tokenizers import Regex, pre_tokenizers

from textlab.text.tokenisers.contract import Splits, build


def divided(reference, texts):
    """Return the words of texts, as the package `tokenizers` and the graph divide them."""
    part = build("pre_tokenisers", json.loads(reference.__getstate__()))
    characters = tf.strings.unicode_decode([text.encode() for text in texts], "UTF-8")
    splits = part(Splits(characters, tf.range(len(texts), dtype=tf.int64), tf.ones(len(texts), tf.bool)))
    words = tf.strings.unicode_encode(splits.characters, "UTF-8")
    found = tf.RaggedTensor.from_value_rowids(words, splits.segment, len(texts)).to_list()
    expected = [[word for word, _ in reference.pre_tokenize_str(text)] for text in texts]
    return expected, [[word.decode() for word in words] for words in found]


PARTS = [*"' ab\n!1", "'s", "'re", "'ll", "'LL", "  ", "\u00a0", "é", "中", "٣", "½", "😀", "\u0301"]
MIXED = ["".join(random.Random(seed).choices(PARTS, k=seed % 11 + 1)) for seed in range(400)]


SPLITS = [
    (" ", "removed"),
    (Regex(r"\p{N}"), "isolated"),
    ("'l", "merged_with_previous"),
    (Regex(r"\s+"), "merged_with_next"),
]


@pytest.mark.parametrize(("add_prefix_space", "use_regex"), [(False, True), (True, True), (True, False)])
def test_byte_level_words_equal_those_of_tokenizers(add_prefix_space, use_regex):
    expected, found = divided(pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, use_regex=use_regex), MIXED)
    assert found == expected


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize(
    ("pattern", "behaviour"),
    [*SPLITS, ("a", "contiguous")],
    ids=lambda value: value if isinstance(value, str) else "regex",
)
def test_splits_equal_those_of_tokenizers(pattern, behaviour, invert):
    expected, found = divided(pre_tokenizers.Split(pattern, behaviour, invert), MIXED)
    assert found == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [({"Regex": "(a|b)*"}, r"\(a\|b\)\*, which the graph does not know"), ({"String": "aa"}, "cannot tell apart")],
    ids=["regex", "string"],
)
def test_a_pattern_that_the_graph_does_not_know_is_refused(pattern, message):
    with pytest.raises(ValueError, match=message):
        build("pre_tokenisers", {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False})
