"""Near-duplicates of training texts in validation and test, apart from the likeness of a source's texts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.examples import TEXT_ONLY
from textlab.data.exploring.duplicates import nearest_sets, word_sets
from textlab.data.labelled_dataset import LabelledDataset
from textlab.evaluation.leaks.samples import SEED, sampled
from textlab.text.normalisation import normalise

SIMILARITY = 0.7  # one word of six may differ
SHORT = 4  # two texts with fewer words may be alike by coincidence
GAP = 0.3  # a copy is this much nearer to its original than to any other text
MOST_TESTED = 300  # pairs whose gap is measured
MOST_TEXTS = 20_000  # texts of a split that are compared with train
EXCESS, MATERIAL = 0.05, 0.15  # share of a split above the share within train; share without comparison
LEAST_TEXTS = 5


@dataclass(frozen=True, eq=False)
class NearDuplicates:
    """Near-duplicates of training texts.

    Attributes:
        table: a row per split: `texts` (compared with train), `alike` (texts with a near-duplicate in train), `copies`
            (estimate: near-duplicates that are much nearer to each other than to all other texts), `share` (of copies),
            `expected` (the share of copies between two parts of train), and the ids of two examples (`id`, `train_id`).
        copied: the splits with so many copies that a concern says so.
        concerns: the concerns that follow.
    """

    table: pd.DataFrame
    copied: tuple[str, ...]
    concerns: tuple[Concern, ...]


def find_near_duplicates(dataset: LabelledDataset) -> NearDuplicates:
    """Look for texts of validation and test that are a training text with a word or a sign changed.

    Texts made of the same phrases are alike without being copies. So a near-duplicate counts as a copy only if the
    second nearest training text, outside the nearest text's own near-duplicates, is clearly farther away.
    """
    frames = {split: sampled(frame, MOST_TEXTS) for split, frame in dataset.splits() if split != "train"}
    frames = {"train": dataset.train, **frames}
    sets = word_sets(pd.Series([normalise(text) for frame in frames.values() for text in frame["text"]]))
    ends = np.cumsum([len(frame) for frame in frames.values()])
    parts = {split: sets[end - len(frame) : end] for end, (split, frame) in zip(ends, frames.items(), strict=True)}
    within = _within(parts["train"])
    rows = {}
    for split in ("validation", "test"):
        alike, copies, first = _copies(parts[split], parts["train"])
        share = copies / len(frames[split])
        ids = (frames[split]["id"].iloc[first[0]], dataset.train["id"].iloc[first[1]]) if first else ("", "")
        rows[split] = (len(frames[split]), alike, copies, share, within, *ids)
    columns = ["texts", "alike", "copies", "share", "expected", "id", "train_id"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    is_all = dataset.inputs == TEXT_ONLY  # where other inputs differ, the same words are no copy
    copied = tuple(split for split, (texts, _, copies, *rest) in rows.items() if is_serious(texts, copies, *rest[:2]))
    return NearDuplicates(table, copied, tuple(_concern(split, rows[split], is_all) for split in copied))


def _within(train: Any) -> float:
    """Return the share of copies that a random part of train has in the rest of train."""
    order = np.random.default_rng(SEED).permutation(train.shape[0])
    size = min(2000, len(order) // 4)
    _, copies, _ = _copies(train[np.sort(order[:size])], train[np.sort(order[size:])])
    return copies / max(size, 1)


def _copies(left: Any, train: Any) -> tuple[int, int, tuple[int, int] | None]:
    """Count the rows of `left` with a near-duplicate, estimate how many are copies, and return the rows of one."""
    rows, nearest, scores = nearest_sets(left, train, SIMILARITY)
    is_long = left.getnnz(axis=1)[rows] >= SHORT
    rows, nearest, scores = rows[is_long], nearest[is_long], scores[is_long]
    if not len(rows):
        return 0, 0, None
    tested = np.sort(np.random.default_rng(SEED).permutation(len(rows))[:MOST_TESTED])
    sizes, transposed = train.getnnz(axis=1), train.T.tocsr()
    seconds = [_second(left[rows[at]], train[nearest[at]], transposed, sizes) for at in tested]
    is_copy = scores[tested] - np.array(seconds) >= GAP
    first = tested[is_copy][0] if is_copy.any() else None
    example = None if first is None else (int(rows[first]), int(nearest[first]))
    return len(rows), round(len(rows) * float(is_copy.mean())), example


def _second(text: Any, nearest: Any, transposed: Any, sizes: np.ndarray) -> float:
    """Return the similarity of the nearest training text that is not itself a near-duplicate of `nearest`."""
    to_text, to_nearest = (_similarities(row, transposed, sizes) for row in (text, nearest))
    return float(to_text[to_nearest < SIMILARITY].max(initial=0.0))


def _similarities(row: Any, transposed: Any, sizes: np.ndarray) -> np.ndarray:
    shared = (row @ transposed).toarray().ravel()
    return np.asarray(shared / np.maximum(row.nnz + sizes - shared, 1))


def is_serious(texts: int, copies: int, share: float, expected: float) -> bool:
    """Say whether a split has copies from train, or the data consists of copies in large part.

    Args:
        texts, copies: number of texts (or other values) compared with train, and of copies among them.
        share: their quotient.
        expected: the same share between two random parts of train.
    """
    if copies < LEAST_TEXTS:
        return False
    error = np.sqrt((expected * (1 - expected) + 0.01) / texts)
    return share >= MATERIAL or (share - expected >= EXCESS and share - expected >= 3 * error)


def _concern(split: str, row: tuple[Any, ...], is_all: bool) -> Concern:
    texts, _, copies, share, expected, own, other = row
    finding = (
        f"{copies:,} of {texts:,} {split} texts ({100 * share:.0f}%) are near-duplicates: training texts with few "
        f"words changed, for example {own} and {other}. Between two random parts of train, the share is "
        f"{100 * expected:.0f}%."
    )
    advice = (
        "Remove the copies from train, or keep them together with the option group=, because they inflate the scores."
    )
    return Concern(ConcernKind.DUPLICATES, finding, advice, is_serious=is_all)
