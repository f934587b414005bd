"""Find duplicates within and across splits, and test texts that have a near-duplicate in training."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from textlab.data.split import duplicate_keys
from textlab.data.task_dataset import SPLITS

PAIRS = (("validation", "train"), ("test", "train"), ("test", "validation"))
SHORT = 4  # two texts with fewer words ("thanks so much") may be alike by coincidence
# TweetEval and other anonymised datasets replace a link with a bare "http".
_PASSING = re.compile(r"<(?:url|email|user|hashtag)>|\bhttp\b|[0-9]+")
_WORD = re.compile(r"[^\W_]|[^\x00-\x7f]")
_CANDIDATES = 4_000_000  # pairs compared at a time, which bounds memory to about 0.5 GB


def skeleton(normalised: str) -> str:
    """Return the words of a normalised text, without links, mentions, hash signs, digits and punctuation.

    >>> skeleton("<user> flight 212 is late ! <url>")
    'flight is late'
    """
    return " ".join(token for token in _PASSING.sub(" ", normalised).split() if _WORD.search(token))


def duplicates(texts: pd.DataFrame) -> pd.DataFrame:
    """Count duplicates within and across splits, by three definitions, each broader than the one before.

    Args:
        texts: the frame of `exploration.corpus`.

    Returns:
        A row per split ("train": surplus texts in it) and per pair ("test in train": test texts that are also in
        training). Columns: `texts`; `same text` (ignoring case and white space); `normalised`; `same words` (ignoring
        links, mentions, digits and punctuation); `contradictory`, texts whose duplicate by `same words` has another
        label. A text without words has no duplicates.
    """
    words = texts["normalised"].map(skeleton)
    keys = pd.DataFrame({"same text": duplicate_keys(texts["text"]), "normalised": texts["normalised"]})
    keys = keys.set_axis(texts.index).assign(**{"same words": words.mask(words == "")})
    of = {split: texts["split"] == split for split in SPLITS}
    rows = {}
    for mine, theirs in [*((split, split) for split in SPLITS), *PAIRS]:
        own, other = keys[of[mine]], keys[of[theirs]]
        if mine == theirs:
            counts = {name: int(key.dropna().duplicated().sum()) for name, key in own.items()}
        else:
            counts = {name: int(key.isin(set(other[name].dropna())).sum()) for name, key in own.items()}
        labels = texts["label"].astype(str)
        contradictory = _contradictory(own["same words"], other["same words"], labels)
        name = mine if mine == theirs else f"{mine} in {theirs}"
        rows[name] = {"texts": len(own), **counts, "contradictory": contradictory}
    return pd.DataFrame.from_dict(rows, orient="index")


def _contradictory(own: pd.Series, other: pd.Series, labels: pd.Series) -> int:
    """Count the texts in `own` whose words occur in `other` with another label."""
    found: dict[str, set[str]] = defaultdict(set)
    for words, label in zip(other, labels[other.index], strict=True):
        found[words].add(label)
    pairs = zip(own[own.notna()], labels[own.index[own.notna()]], strict=True)
    return sum(bool(found.get(words, set()) - {label}) for words, label in pairs)


def near_duplicates(texts: pd.DataFrame, similarity: float = 0.8) -> pd.DataFrame:
    """Find validation and test texts that have a near-duplicate in training, which is a leak or a coincidence.

    Two texts are near-duplicates if the Jaccard similarity of their sets of words (shared words over all words, after
    `skeleton`) is at least `similarity`.

    Args:
        texts: the frame of `exploration.corpus`.
        similarity: the threshold, above 0 and at most 1.

    Returns:
        A row per text with a near-duplicate, the longest and most similar first: `split`, `text`, `label`, the nearest
        training text `train_text`, its `train_label`, their `similarity`, and the number of distinct `words` in the
        text. `id` and `train_id` name both texts.

    Raises:
        ValueError: the similarity is out of range.
    """
    if not 0 < similarity <= 1:
        raise ValueError(f"The similarity is {similarity}. It must be above 0 and at most 1.")
    in_train = (texts["split"] == "train").to_numpy()
    train, others = texts[in_train], texts[~in_train]
    sets = word_sets(texts["normalised"])
    rows, nearest, scores = nearest_sets(sets[~in_train], sets[in_train], similarity)
    found = others.iloc[rows][["split", "text", "label"]].reset_index(drop=True)
    found["train_text"] = train["text"].to_numpy()[nearest]
    found["train_label"] = train["label"].array[nearest]
    found["similarity"] = scores
    found["words"] = sets[~in_train].getnnz(axis=1)[rows]
    if "id" in texts:
        found["id"], found["train_id"] = others["id"].to_numpy()[rows], train["id"].to_numpy()[nearest]
    return found.sort_values(["words", "similarity"], ascending=False, kind="stable", ignore_index=True)


def leakage_verdict(near: pd.DataFrame, texts: pd.DataFrame, split: str = "test") -> str:
    """Say how many texts of a split have a near-duplicate in training, and how many of those have the same label.

    Args:
        near: the frame of `near_duplicates`.
        texts: the frame of `exploration.corpus`.
        split: "test" or "validation".
    """
    count, found = int((texts["split"] == split).sum()), near[near["split"] == split]
    if found.empty:
        return f"None of {count:,} {split} texts has a near-duplicate in training."
    agree = int((found["label"].astype(str) == found["train_label"].astype(str)).sum())
    short = int((found["words"] < SHORT).sum())
    coincidence = f"; {short:,} with fewer than {SHORT} words, which may be coincidence" if short else ""
    share = f"{len(found):,} of {count:,} {split} texts have a near-duplicate in training ({len(found) / count:.1%})"
    return f"{share}: {agree:,} with the same label{coincidence}."


def word_sets(normalised: pd.Series) -> Any:
    """Return a sparse matrix of zeros and ones, normalised texts by words, with the rarest word in the first column."""
    from scipy.sparse import csr_matrix

    sets = [sorted(set(skeleton(text).split())) for text in normalised]
    codes, words = pd.factorize(np.array([word for words in sets for word in words], dtype=object))
    by_rarity = np.argsort(np.bincount(codes, minlength=len(words)), kind="stable")
    column = np.argsort(by_rarity)[codes]
    rows = np.repeat(np.arange(len(sets)), [len(words) for words in sets])
    return csr_matrix((np.ones(len(rows), dtype=np.int32), (rows, column)), shape=(len(sets), max(len(words), 1)))


def nearest_sets(left: Any, right: Any, similarity: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of `left` that are similar enough to a row of `right`, the nearest such row, and the similarity.

    Both are parts of one matrix of `word_sets`, and similarity is Jaccard's.
    Two sets with similarity t share one of their rarest words: of s words, one of the s - ceil(t·s) + 1 rarest. Only
    such pairs are compared in full, and no pair is missed.
    Chaudhuri, Ganti and Kaushik (2006), "A primitive operator for similarity joins in data cleaning".
    """
    first = _first_of_each(right)
    right = right[first]
    sizes = left.getnnz(axis=1), right.getnnz(axis=1)
    rare_left, rare_right = _rarest(left, similarity), _rarest(right, similarity).T.tocsr()
    found = []
    for start, end in _blocks(rare_left @ rare_right.getnnz(axis=1)):
        candidates = (rare_left[start:end] @ rare_right).tocoo()
        rows, columns = candidates.row + start, candidates.col
        shared = np.asarray(left[rows].multiply(right[columns]).sum(axis=1)).ravel()
        scores = shared / (sizes[0][rows] + sizes[1][columns] - shared)
        enough = scores >= similarity - 1e-9
        found.append(pd.DataFrame({"row": rows[enough], "column": first[columns[enough]], "score": scores[enough]}))
    pairs = pd.concat(found).sort_values(["row", "score", "column"], ascending=[True, False, True])
    best = pairs.drop_duplicates("row")
    return best["row"].to_numpy(), best["column"].to_numpy(), best["score"].to_numpy()


def _first_of_each(sets: Any) -> np.ndarray:
    """Return the first row of each distinct set. Thousands of equal texts would make millions of equal pairs."""
    sets.sort_indices()
    keys = [sets.indices[start:end].tobytes() for start, end in pairwise(sets.indptr)]
    return np.flatnonzero(~pd.Series(keys, dtype=object).duplicated().to_numpy())


def _blocks(candidates: np.ndarray) -> Iterator[tuple[int, int]]:
    """Cut rows into blocks with about `_CANDIDATES` candidates each, and with one row at least."""
    before = np.concatenate([[0], np.cumsum(candidates)])
    start = 0
    while start < len(candidates):
        end = int(np.searchsorted(before, before[start] + _CANDIDATES, side="right")) - 1
        end = min(max(end, start + 1), len(candidates))
        yield start, end
        start = end


def _rarest(sets: Any, similarity: float) -> Any:
    """Keep the rarest words of each row; similar rows share at least one. The first columns are rarest."""
    from scipy.sparse import csr_matrix

    sets.sort_indices()
    sizes = sets.getnnz(axis=1)
    kept = sizes - np.ceil(similarity * sizes - 1e-9).astype(int) + 1
    position = np.arange(sets.nnz) - np.repeat(sets.indptr[:-1], sizes)
    keep = position < np.repeat(kept, sizes)
    row = np.repeat(np.arange(sets.shape[0]), sizes)[keep]
    return csr_matrix((np.ones(keep.sum(), dtype=np.int32), (row, sets.indices[keep])), shape=sets.shape)
