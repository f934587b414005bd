"""A fast model of the words in texts, which shows what texts say about labels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

FOLDS = 3


def word_features(texts: Sequence[str]) -> Any:
    """Return tf-idf weights of words and pairs of words in at least two texts: a sparse matrix, a row per text.

    If the texts share no word, as in a language without blanks, the columns are pairs and triples of characters.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        return words.fit_transform(texts).tocsr()
    except ValueError:  # no word in two texts
        characters = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True)
        return characters.fit_transform(texts).tocsr()


def predicted(features: Any, labels: np.ndarray, others: Any) -> np.ndarray:
    """Fit logistic regression with balanced classes, and predict the labels of the rows of `others`."""
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(labels)) < 2:
        return np.full(others.shape[0], labels[0])
    model = LogisticRegression(class_weight="balanced", C=2, solver="newton-cg", max_iter=30)
    return np.asarray(model.fit(features, labels).predict(others))


def predicted_out_of_fold(features: Any, labels: np.ndarray, folds: int = FOLDS, seed: int = 0) -> np.ndarray:
    """Predict each row's label by a model that was fitted without the row's fold."""
    fold_of = np.empty(len(labels), dtype=int)
    random = np.random.default_rng(seed)
    for label in np.unique(labels):  # stratified, also if a class has fewer rows than there are folds
        rows = random.permutation(np.flatnonzero(labels == label))
        fold_of[rows] = (np.arange(len(rows)) + random.integers(folds)) % folds
    found = np.empty(len(labels), dtype=int)
    for fold in range(folds):
        inside = fold_of == fold
        if inside.any():
            found[inside] = predicted(features[~inside], labels[~inside], features[inside])
    return found


def macro_recall(labels: np.ndarray, found: np.ndarray) -> tuple[float, float]:
    """Return the macro recall over the classes present, and its standard error."""
    recalls, variances = [], []
    for label in np.unique(labels):
        is_label = labels == label
        hits, count = (found[is_label] == label).sum(), is_label.sum()
        recalls.append(hits / count)
        smooth = (hits + 1) / (count + 2)  # no recall is certain, however good
        variances.append(smooth * (1 - smooth) / count)
    return float(np.mean(recalls)), float(np.sqrt(np.sum(variances)) / len(recalls))
