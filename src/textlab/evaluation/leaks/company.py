"""Test if a word keeps company: the other words of a text then predict that the text has the word."""

from typing import Any

import numpy as np

FOLDS = 5
LEAST_TEXTS = 10  # smallest number of texts of a class with the word, and without the word
SIGNIFICANT = 2.5  # standard errors above an AUC of 0.5; real words reached 2.9, random marks exceed it in 3% of draws
BESIDE = 0.7  # a token that raises the share of texts with the word this far towards 1 stands beside it


def keeps_company(has: np.ndarray, tokens: Any) -> bool:
    """Say whether other tokens predict which texts of a class have a word.

    A real word of a topic stands among words that go with it ("patients" among "treatment"). A mark that was added to
    texts stands among any words. Tokens that hardly occur without the word, such as the rest of a phrase, do not count.

    Args:
        has: whether each text of the class has the word, (n,).
        tokens: a sparse matrix of zeros and ones, n texts by tokens.
    """
    if min(has.sum(), (~has).sum()) < LEAST_TEXTS:
        return False
    texts = np.asarray(tokens.sum(axis=0)).ravel()
    together = np.asarray(tokens.T @ has.astype(int)).ravel()
    is_other = (texts > 1) & (together < (has.mean() + BESIDE * (1 - has.mean())) * texts)
    return bool(is_other.any()) and _z(has, tokens[:, np.flatnonzero(is_other)].tocsr()) > SIGNIFICANT


def _z(has: np.ndarray, tokens: Any) -> float:
    """Return how many standard errors the AUC out of fold is above 0.5 (Mann and Whitney's variance)."""
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfTransformer(), LogisticRegression(class_weight="balanced", solver="newton-cg"))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    scores = cross_val_predict(model, tokens.astype(float), has, cv=folds, method="decision_function")
    with_word, without = has.sum(), (~has).sum()
    error = np.sqrt((with_word + without + 1) / (12 * with_word * without))
    return float((roc_auc_score(has, scores) - 0.5) / error)
