"""Near-duplicates with contradicting labels: two texts with almost the same words, of which one label must be wrong."""

import numpy as np
import pandas as pd

from textlab.data.exploring.duplicates import nearest_sets, word_sets
from textlab.text.normalisation import normalise

SIMILARITY = 0.8  # smallest Jaccard similarity of the sets of words
SHORT = 4  # texts with fewer words ("thanks so much") may be alike by coincidence
MOST_CLASSES = 30  # each class is compared with the others; of more classes, these are compared
COLUMNS = ("id", "text", "label", "other_id", "other_text", "other_label", "similarity")


def contradictions(examples: pd.DataFrame, similarity: float = SIMILARITY) -> pd.DataFrame:
    """Find pairs of texts that are near-duplicates and have different labels.

    Of more than `MOST_CLASSES` classes, those with the most texts are compared with all others. Texts of fewer than
    `SHORT` words are left out.

    Args:
        examples: rows with `id`, `text` and `label` (any values that can be compared).
        similarity: the smallest Jaccard similarity of the sets of words, see `duplicates.word_sets`.

    Returns:
        The columns of `COLUMNS`, a row per pair, the most similar and longest first. For each text, its nearest one
        with another label; a pair that is nearest both ways is listed once.
    """
    labels = examples["label"].to_numpy()
    sets = word_sets(examples["text"].map(normalise))
    words = sets.getnnz(axis=1)
    kept = examples["label"].value_counts().index[:MOST_CLASSES]
    is_long = words >= SHORT
    scores: dict[tuple[int, int], float] = {}
    for label in kept:
        own, others = np.flatnonzero(is_long & (labels == label)), np.flatnonzero(is_long & (labels != label))
        if len(own) and len(others):
            rows, nearest, found = nearest_sets(sets[own], sets[others], similarity)
            for row, other, score in zip(own[rows], others[nearest], found, strict=True):
                scores[min(row, other), max(row, other)] = float(score)
    ordered = sorted(scores, key=lambda pair: (-scores[pair], -min(words[list(pair)]), pair))
    first, second = ([pair[place] for pair in ordered] for place in (0, 1))
    left, right = examples.iloc[first].reset_index(drop=True), examples.iloc[second].reset_index(drop=True)
    found_pairs = left[["id", "text", "label"]].assign(
        **{f"other_{name}": right[name] for name in ("id", "text", "label")},
        similarity=[scores[pair] for pair in ordered],
    )
    return found_pairs[list(COLUMNS)]
