"""Train word vectors: Word2Vec and fastText with gensim, GloVe with our own module `glove`."""

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
    """The settings of training.

    Attributes:
        width: width of the vectors.
        window: context window, in tokens on either side.
        minimum_count: words that occur less often get no vector.
        epochs: passes over the texts; for GloVe, over the co-occurrence counts.
        seed: random seed.

    Raises:
        ValueError: a setting is out of range.
    """

    width: int = 100
    window: int = 5
    minimum_count: int = 3
    epochs: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("width", "window", "minimum_count", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}. It must be at least 1.")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed is {self.seed}. It must be at least 0 and less than 2**32.")


# Chosen on TweetEval sentiment by nearest neighbours, by logistic regression on mean vectors, and to take under a
# minute.
DEFAULTS = {
    "word2vec": Training(),
    "word2vec_cbow": Training(epochs=15),
    "fasttext": Training(epochs=7),
    "glove": Training(window=15, epochs=25),
}
KINDS = tuple(DEFAULTS)
LEARNING_RATE = 0.05  # in such a small corpus, gensim's 0.025 would leave rare words near their random start
NGRAM_WIDTHS = (3, 6)
BUCKETS = 100_000  # gensim's two million take 800 MB at width 100, and tweets have far fewer n-grams


def training_for(kind: str, **settings: int | None) -> Training:
    """Return the defaults of a kind, replaced by those `settings` that are not None.

    Raises:
        ValueError: the kind is unknown or a setting is out of range.
    """
    if kind not in DEFAULTS:
        raise ValueError(f"Unknown kind of word vectors '{kind}'. Available: {', '.join(KINDS)}.")
    return replace(DEFAULTS[kind], **{name: value for name, value in settings.items() if value is not None})


def count_tokens(texts: Iterable[str]) -> Counter[str]:
    """Count the tokens of texts after normalisation."""
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
    """Train word vectors on texts.

    The same arguments give the same numbers in every process: training uses one thread, and no order depends on
    Python's salted hash.

    Args:
        kind: "word2vec" (skip-gram), "word2vec_cbow", "fasttext" (skip-gram with subwords) or "glove".
        texts: raw texts: the training split and any unlabelled texts. They are normalised here.
        width, window, minimum_count, epochs, seed: see `Training`; None means the kind's default in `DEFAULTS`.

    Returns:
        The words that occur at least `minimum_count` times, the most frequent first, with their vectors.

    Raises:
        ValueError: the kind is unknown, a setting is out of range, or too few words are frequent enough.
    """
    settings = {"width": width, "window": window, "minimum_count": minimum_count, "epochs": epochs, "seed": seed}
    training = training_for(kind, **settings)
    tokenised = [normalise(text).split() for text in texts]
    counts = Counter(token for tokens in tokenised for token in tokens)
    frequent = {word: count for word, count in counts.most_common() if count >= training.minimum_count}
    if len(frequent) < 2:
        raise ValueError(
            f"Only {len(frequent)} words occur {training.minimum_count} times or more in the {len(texts)} texts. "
            "Word vectors need at least two. Add texts or lower minimum_count."
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
    model.build_vocab_from_freq(frequent, corpus_count=len(tokenised))  # gensim's own sort would reorder ties
    model.train(tokenised, total_examples=len(tokenised), epochs=training.epochs)
    subwords = _subwords(model) if kind == "fasttext" else None
    return WordVectors(kind, tuple(model.wv.index_to_key), model.wv.vectors.astype(np.float32), subwords)


def _gensim_model(kind: str, training: Training) -> Any:
    from gensim.models import FastText, Word2Vec

    settings: dict[str, Any] = {
        "vector_size": training.width,
        "window": training.window,
        "min_count": 1,  # the vocabulary is already chosen
        "seed": training.seed,
        "workers": 1,  # with more, the numbers depend on thread timing
        "sorted_vocab": 0,
        "alpha": LEARNING_RATE,
        "sg": int(kind != "word2vec_cbow"),
    }
    if kind == "fasttext":
        return FastText(bucket=BUCKETS, min_n=NGRAM_WIDTHS[0], max_n=NGRAM_WIDTHS[1], **settings)
    return Word2Vec(**settings)


def _subwords(model: Any) -> Subwords:
    """Return the n-grams that occur in training; the other buckets are still random."""
    buckets = np.unique(np.concatenate(model.wv.buckets_word)).astype(np.int64)
    return Subwords(*NGRAM_WIDTHS, BUCKETS, buckets, model.wv.vectors_ngrams[buckets])
