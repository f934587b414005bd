"""The words that the LSTM knows, with their vectors, and texts as numbers of these words."""

from collections.abc import Sequence

import numpy as np

from textlab.data import training_texts
from textlab.features.vectors.word_vectors import WordVectors
from textlab.models.lstm.batches import FIRST_WORD, UNKNOWN
from textlab.text.normalisation import normalise

MINIMUM_COUNT = 2  # a rarer training word counts as unknown, so that the unknown word is learnt too
VECTOR_SPREAD = 0.3  # root mean square of a vector's numbers: all words and all kinds of vectors start equally long


def choose_vocabulary(
    texts: Sequence[str], embedding: str, width: int, unlabelled: str
) -> tuple[WordVectors, list[str], np.ndarray]:
    """Fetch word vectors and choose the words that the model knows.

    Args:
        texts: the training texts.
        embedding: a kind of vectors to train, a file, or a name that gensim's downloader knows.
        width: the numbers per trained vector.
        unlabelled: a dataset whose training texts the trained vectors also read; "" for none.

    Returns:
        The word vectors; the w words of `texts` and of the vectors that have a vector; and the initial embedding
        matrix, float32 (2 + w, width), whose rows are padding, the unknown word and then the vocabulary.

    Raises:
        ValueError: the vectors hold none of the frequent words, or there are no such vectors.
    """
    from textlab.features.vectors.cache import cached_word_vectors
    from textlab.features.vectors.training import KINDS, count_tokens

    counts = count_tokens(texts)
    if embedding in KINDS:
        vectors = cached_word_vectors(embedding, [*texts, *training_texts(unlabelled)], width=width)
    else:
        vectors = cached_word_vectors(embedding, words=set(counts))
    frequent = [word for word, count in counts.most_common() if count >= MINIMUM_COUNT]
    vectors.check_covers(frequent)
    return vectors, *_words_with_vectors(vectors, frequent)


def _words_with_vectors(vectors: WordVectors, frequent: Sequence[str]) -> tuple[list[str], np.ndarray]:
    from sklearn import preprocessing

    candidates = list(dict.fromkeys([*frequent, *vectors.words]))
    found, known = vectors.vectors_for(candidates)
    vocabulary = [word for word, has_vector in zip(candidates, known, strict=True) if has_vector]
    words = VECTOR_SPREAD * np.sqrt(found.shape[1]) * preprocessing.normalize(found[known])
    return vocabulary, np.vstack([np.zeros((1, words.shape[1])), words.mean(axis=0), words]).astype(np.float32)


def token_numbers(texts: Sequence[str], vocabulary: Sequence[str], maximum_length: int) -> list[list[int]]:
    """Return each text as the numbers of its first `maximum_length` tokens."""
    number = {word: FIRST_WORD + position for position, word in enumerate(vocabulary)}
    return [[number.get(token, UNKNOWN) for token in normalise(text).split()[:maximum_length]] for text in texts]


def token_counts(texts: Sequence[str]) -> np.ndarray:
    """Return the number of tokens of each of n texts, int64 (n,)."""
    return np.array([len(normalise(text).split()) for text in texts], np.int64)
