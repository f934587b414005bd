"""Training of word vectors on texts: Word2Vec and FastText by gensim, GloVe by our own `glove`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from textlab.features.vectors.glove import train_glove
from textlab.features.vectors.subwords import Subwords
from textlab.features.vectors.word_vectors import WordVectors
from textlab.text.normalisation import normalise


@dataclass(frozen=True)
class Training:
    """How vectors are trained.

    Attributes:
        width: numbers in a vector.
        window: how many tokens to either side count as near.
        minimum_count: a word found less often has no vector of its own.
        epochs: passes over the texts; for GloVe over the counts.
        seed: same seed, same numbers.
    """

    width: int = 100
    window: int = 5
    minimum_count: int = 3
    epochs: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("width", "window", "minimum_count", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1.")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed is {self.seed}; it must be at least 0 and less than 2**32.")


# Chosen on TweetEval sentiment: by neighbours, by logistic regression on means of vectors, and to stay under a minute.
DEFAULTS = {
    "word2vec": Training(),
    "word2vec_cbow": Training(epochs=15),
    "fasttext": Training(epochs=7),
    "glove": Training(window=15, epochs=25),
}
KINDS = tuple(DEFAULTS)
LEARNING_RATE = 0.05  # gensim's 0.025 leaves rare words of so small a corpus where chance put them
NGRAM_WIDTHS = (3, 6)
BUCKETS = 100_000  # gensim's two million would take 800 MB at width 100; tweets have far fewer n-grams


def training_for(kind: str, **settings: int | None) -> Training:
    """The defaults of a kind with `settings` in their place where they are not None.

    Raises:
        ValueError: an unknown kind, or a setting out of range.
    """
    if kind not in DEFAULTS:
        raise ValueError(f"Unknown kind of word vectors '{kind}'. Available: {', '.join(KINDS)}.")
    return replace(DEFAULTS[kind], **{name: value for name, value in settings.items() if value is not None})


def count_tokens(texts: Iterable[str]) -> Counter[str]:
    """How often each token stands in the texts once they are normalised."""
    return Counter(token for text in texts for token in normalise(text).split())


def train_word_vectors(
    kind: str,
    texts: Sequence[str],
    *,
    width: int | None = None,
    window: int | None = None,
    minimum_count: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
) -> WordVectors:
    """Train on these texts and nothing else: give the training split, and unlabelled text where there is some.

    The same arguments give the same numbers in every process: there is one thread, and no order depends on
    Python's salted hash.

    Args:
        kind: "word2vec" (skip-gram), "word2vec_cbow", "fasttext" (skip-gram with subwords) or "glove".
        texts: as written; normalised here.
        width, window, minimum_count, epochs, seed: see `Training`; None is the kind's default in `DEFAULTS`.

    Returns:
        The words found `minimum_count` times, the most frequent first, and their vectors.

    Raises:
        ValueError: an unknown kind, a setting out of range, or no word that comes often enough.
    """
    settings = {"width": width, "window": window, "minimum_count": minimum_count, "epochs": epochs, "seed": seed}
    training = training_for(kind, **settings)
    tokenised = [normalise(text).split() for text in texts]
    counts = Counter(token for tokens in tokenised for token in tokens)
    frequent = {word: count for word, count in counts.most_common() if count >= training.minimum_count}
    if len(frequent) < 2:
        raise ValueError(
            f"{len(frequent)} words stand {training.minimum_count} times or more in the {len(texts)} texts; vectors "
            "need two at least. Give more texts or a smaller minimum_count."
        )
    if kind == "glove":
        matrix = train_glove(
            tokenised, tuple(frequent), training.width, training.window, training.epochs, training.seed
        )
        return WordVectors(kind, tuple(frequent), matrix)
    return _trained_by_gensim(kind, tokenised, frequent, training)


def _trained_by_gensim(
    kind: str, tokenised: list[list[str]], frequent: dict[str, int], training: Training
) -> WordVectors:
    model = _gensim_model(kind, training)
    model.build_vocab_from_freq(frequent, corpus_count=len(tokenised))  # as ordered here: gensim's sort breaks ties
    model.train(tokenised, total_examples=len(tokenised), epochs=training.epochs)
    subwords = _subwords(model) if kind == "fasttext" else None
    return WordVectors(kind, tuple(model.wv.index_to_key), model.wv.vectors.astype(np.float32), subwords)


def _gensim_model(kind: str, training: Training) -> Any:
    from gensim.models import FastText, Word2Vec

    settings: dict[str, Any] = {
        "vector_size": training.width,
        "window": training.window,
        "min_count": 1,  # the vocabulary has been counted
        "seed": training.seed,
        "workers": 1,  # more would make the numbers depend on the order in which threads write
        "sorted_vocab": 0,
        "alpha": LEARNING_RATE,
        "sg": int(kind != "word2vec_cbow"),
    }
    if kind == "fasttext":
        return FastText(bucket=BUCKETS, min_n=NGRAM_WIDTHS[0], max_n=NGRAM_WIDTHS[1], **settings)
    return Word2Vec(**settings)


def _subwords(model: Any) -> Subwords:
    """The n-grams that training met; the other buckets hold nothing but chance."""
    buckets = np.unique(np.concatenate(model.wv.buckets_word)).astype(np.int64)
    return Subwords(*NGRAM_WIDTHS, BUCKETS, buckets, model.wv.vectors_ngrams[buckets])
