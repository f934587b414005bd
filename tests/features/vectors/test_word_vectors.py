"""The table of word vectors finds, composes, saves and checks vectors."""

import numpy as np
import pytest

from textlab.features.vectors.subwords import Subwords, ngram_buckets
from textlab.features.vectors.word_vectors import WordVectors


def table(subwords: Subwords | None = None) -> WordVectors:
    matrix = np.array([[1, 0], [0.9, 0.1], [0, 1]], np.float32)
    return WordVectors("tiny", ("good", "great", "rain"), matrix, subwords)


def subwords_of(word: str) -> Subwords:
    buckets = np.unique(ngram_buckets(word, 3, 4, 1000))
    return Subwords(3, 4, 1000, buckets, np.full((len(buckets), 2), 0.5, np.float32))


def test_unknown_word_has_zeros_and_is_marked():
    vectors, known = table().vectors_for(["rain", "unheard", "good"])
    assert vectors.tolist() == [[0, 1], [0, 0], [1, 0]]
    assert known.tolist() == [True, False, True]
    assert vectors.dtype == np.float32


def test_empty_list_of_words_has_no_vectors():
    vectors, known = table().vectors_for([])
    assert vectors.shape == (0, 2)
    assert known.shape == (0,)


def test_unknown_word_is_composed_from_its_known_ngrams():
    vectors, known = table(subwords_of("sunny")).vectors_for(["sunnier", "good", "xyz"])
    assert vectors.tolist() == [[0.5, 0.5], [1, 0], [0, 0]]
    assert known.tolist() == [True, True, False]


@pytest.mark.parametrize("word", ["sunny", "ab", "é😀", "</s>", "<url>", "don't"])
def test_ngrams_have_the_same_buckets_as_in_gensim(word):
    from gensim.models.fasttext import ft_ngram_hashes

    for widths in [(3, 6), (1, 3)]:
        assert ngram_buckets(word, *widths, 100_003) == ft_ngram_hashes(word, *widths, 100_003)


def test_nearest_words_exclude_the_word_itself():
    nearest = table().nearest("good", 2)
    assert nearest["word"].tolist() == ["great", "rain"]
    assert nearest["similarity"].tolist() == pytest.approx([0.9 / np.hypot(0.9, 0.1), 0.0])


def test_nearest_words_can_be_limited_to_the_most_frequent():
    assert table().nearest("rain", among=1)["word"].tolist() == ["good"]


def test_nearest_to_a_word_without_a_vector_is_an_error_that_lists_words():
    with pytest.raises(ValueError, match=r"'unheard' has no vector in 'tiny'\. It has 3 words: 'good', 'great', 'rain"):
        table().nearest("unheard")


def test_coverage_counts_the_vocabulary_and_the_running_words():
    coverage = table(subwords_of("sunny")).coverage({"good": 6, "rain": 1, "sunnier": 2, "xyz": 1})
    assert coverage["words"].to_dict() == {"in the table": 2, "from subwords": 1, "unknown": 1}
    assert coverage["running_share"].to_dict() == {"in the table": 0.7, "from subwords": 0.2, "unknown": 0.1}
    assert coverage["word_share"].to_dict() == {"in the table": 0.5, "from subwords": 0.25, "unknown": 0.25}


def test_coverage_of_no_words_is_zero():
    assert table().coverage({})["running_share"].tolist() == [0, 0, 0]


def test_vocabulary_without_any_vector_is_an_error():
    with pytest.raises(ValueError, match=r"None of the 2 words .*'bon', 'jour'.* has a vector in 'tiny'"):
        table().check_covers(["bon", "jour"])
    table().check_covers(["bon", "good"])


def test_digest_depends_on_words_numbers_and_subwords():
    base = table()
    renamed = WordVectors("tiny", ("good", "great", "snow"), base.matrix)
    changed = WordVectors("tiny", base.words, base.matrix + np.float32(1e-6))
    digests = {base.digest, renamed.digest, changed.digest, table(subwords_of("sunny")).digest}
    assert len(digests) == 4
    assert table().digest == base.digest


def test_loaded_vectors_equal_the_saved_ones(tmp_path):
    original = table(subwords_of("sunny"))
    original.save(tmp_path)
    loaded = WordVectors.load(tmp_path)
    assert loaded.digest == original.digest
    assert loaded.words == original.words
    np.testing.assert_array_equal(loaded.vectors_for(["sunnier"])[0], original.vectors_for(["sunnier"])[0])


def test_changed_numbers_on_disk_are_an_error(tmp_path):
    table().save(tmp_path)
    np.save(tmp_path / "matrix.npy", table().matrix + 1)
    with pytest.raises(ValueError, match="has changed: its digest is"):
        WordVectors.load(tmp_path)


@pytest.mark.parametrize(
    ("words", "matrix", "message"),
    [
        ((), np.zeros((0, 2), np.float32), "have no words"),
        (("a", "b"), np.zeros((1, 2), np.float32), r"The matrix is float32 \(1, 2\)\. 2 words need a float32 matrix"),
        (("a",), np.zeros((1, 2)), "The matrix is float64"),
        (("a", "a"), np.zeros((2, 2), np.float32), "have 1 words twice"),
        (("a", "b"), np.array([[0], [np.nan]], np.float32), "The vector of 'b' in 'tiny' has a value that is not"),
    ],
)
def test_impossible_table_is_an_error(words, matrix, message):
    with pytest.raises(ValueError, match=message):
        WordVectors("tiny", words, matrix)
