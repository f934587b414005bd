import numpy as np
import pytest
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from textlab.features.tfidf import TfidfFeatures
from textlab.features.tfidf_graph import tfidf_rows, write_vocabulary
from textlab.text.graph import encode
from textlab.text.graph import normalise as normalise_in_graph
from textlab.text.normalisation import normalise
from textlab.text.vocabulary_table import vocabulary_table

TEXTS = [
    "the crew was lovely, lovely, lovely!",
    "a rude crew: a a a bb",
    "late late flight AB12 😂 é",
    "",
    "I was so late on the flight",
] * 2


@pytest.fixture
def reference():
    """Compute the same features with scikit-learn's own vectorizer, from training texts and other texts."""

    def rows(kind, train, other):
        settings = {"lowercase": False, "sublinear_tf": True, "dtype": np.float32, "min_df": 2}
        words = TfidfVectorizer(tokenizer=str.split, token_pattern=None, ngram_range=(1, 2), **settings)
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **settings)
        chosen = {"word": [words], "char": [characters], "word_char": [words, characters]}[kind]
        fitted = [vectorizer.fit([normalise(text) for text in train]) for vectorizer in chosen]
        names = [name for vectorizer in fitted for name in vectorizer.get_feature_names_out()]
        return names, hstack([vectorizer.transform([normalise(text) for text in other]) for vectorizer in fitted])

    return rows


@pytest.mark.parametrize("kind", ["word", "char", "word_char"])
def test_rows_equal_those_of_scikit_learn(kind, reference):
    other = ["lovely flight lovely", "", "unknown", "a rude, rude bb 😂"]
    features = TfidfFeatures(kind)
    fitted = features.fit_transform(TEXTS)
    names, expected = reference(kind, TEXTS, TEXTS)
    assert [n_gram for block in features.blocks for n_gram in block.vocabulary] == names
    np.testing.assert_allclose(fitted.toarray(), expected.toarray(), atol=1e-6)
    assert fitted.dtype == np.float32
    expected = reference(kind, TEXTS, other)[1]
    np.testing.assert_allclose(features.transform(other).toarray(), expected.toarray(), atol=1e-6)


def test_second_fit_forgets_the_first():
    twice, once = TfidfFeatures(), TfidfFeatures()
    twice.fit_transform(["an older world", "an older world"])
    np.testing.assert_array_equal(twice.fit_transform(TEXTS).toarray(), once.fit_transform(TEXTS).toarray())
    assert twice.blocks[0].vocabulary == once.blocks[0].vocabulary


@pytest.mark.parametrize("texts", [[""], [" ", "\x00"], []])
def test_texts_without_tokens_are_rows_of_zeros(texts):
    features = TfidfFeatures()
    width = features.fit_transform(TEXTS).shape[1]
    rows = features.transform(texts)
    assert rows.shape == (len(texts), width)
    assert rows.nnz == 0


@pytest.mark.parametrize("texts", [["", ""], ["one", "two"]])
def test_texts_without_a_common_n_gram_are_an_error(texts):
    with pytest.raises(ValueError, match=r"No word n-gram occurs in 2 of the 2 training texts\. Add texts"):
        TfidfFeatures("word").fit_transform(texts)


def test_loaded_features_give_the_same_rows(tmp_path):
    features = TfidfFeatures()
    features.fit_transform(TEXTS)
    features.save(tmp_path)
    loaded = TfidfFeatures.load(tmp_path)
    np.testing.assert_array_equal(loaded.transform(TEXTS).toarray(), features.transform(TEXTS).toarray())
    assert loaded.coverage(TEXTS)["known_share"].between(0, 1).all()


@pytest.mark.parametrize("kind", ["word", "char"])
def test_rows_in_the_graph_equal_those_of_training(kind, tmp_path):
    import tensorflow as tf

    features = TfidfFeatures(kind)
    expected = features.fit_transform(TEXTS).toarray()
    (block,) = features.blocks
    table = vocabulary_table(write_vocabulary(block, tmp_path))
    rows = tfidf_rows(block, table, tf.constant(block.idf), normalise_in_graph(encode(TEXTS)))
    assert rows.dtype == tf.float32
    np.testing.assert_allclose(rows.numpy(), expected, atol=1e-6)
    assert not rows.numpy()[3].any(), "a text without n-grams has zeros"
    assert tfidf_rows(block, table, tf.constant(block.idf), tf.constant([], tf.string)).shape == (0, len(block.idf))
