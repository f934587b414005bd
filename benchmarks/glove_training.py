"""Measure the training time of word vectors on one thread, and the quality of a linear model on their means.

    python benchmarks/glove_training.py                    TweetEval sentiment, 45,615 tweets, width 100
    python benchmarks/glove_training.py air_paradis glove  another dataset, only some kinds

GloVe is our own implementation; Word2Vec and fastText are gensim's, for comparison. The time includes normalisation
and, for GloVe, compilation (about 2 s). Macro recall is measured on the validation split.
"""

import sys
import time
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from textlab import data
from textlab.features.vectors.training import KINDS, train_word_vectors
from textlab.features.vectors.word_vectors import WordVectors
from textlab.text.normalisation import normalise


def means(vectors: WordVectors, texts: Sequence[str]) -> np.ndarray:
    """Return the mean vector of each text's known words, float32 (n, width)."""
    rows = np.zeros((len(texts), vectors.width), np.float32)
    for row, text in enumerate(texts):
        found, known = vectors.vectors_for(normalise(text).split())
        if known.any():
            rows[row] = found[known].mean(axis=0)
    return rows


def main() -> None:
    dataset = data.load(sys.argv[1] if len(sys.argv) > 1 else "tweet_eval/sentiment")
    texts = dataset.train["text"].tolist()
    print(f"{dataset.name}: {len(texts):,} training texts")
    for kind in sys.argv[2:] or KINDS:
        start = time.perf_counter()
        vectors = train_word_vectors(kind, texts)
        seconds = time.perf_counter() - start
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
        model.fit(means(vectors, texts), dataset.train["label"])
        predicted = model.predict(means(vectors, dataset.validation["text"].tolist()))
        recall = recall_score(dataset.validation["label"], predicted, average="macro")
        print(
            f"{kind:14s} {seconds:6.1f} s  {len(vectors.words):6,} words  macro recall {100 * recall:.1f}", flush=True
        )


if __name__ == "__main__":
    main()
