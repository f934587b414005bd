"""Copies and near-copies of training values in validation and test, for inputs that have fingerprints."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks.fingerprints import fingerprints
from textlab.evaluation.leaks.near_duplicates import is_serious
from textlab.evaluation.leaks.samples import SEED, sampled
from textlab.inputs import kind_of, plural_of
from textlab.wording import listed

MOST = 20_000  # values of a split that are compared with train
WITHIN = 2_000  # training values that are compared with the others, to know how alike values are anyway
AT_ONCE = 1_024  # values compared with train together: 40,000 training values take 160 MB
SAME = -1  # in place of bits, for the same content
COLUMNS = ("split", "id", "train_id", "label", "train_label", "bits")


@dataclass(frozen=True, eq=False)
class Copies:
    """Copies of an input's training values.

    Attributes:
        name: the input.
        table: a row per split: `values` (not missing), `same` (the content is also in train), `alike` (other values
            with a near-copy in train), `share` (of both), `expected` (the same share between two parts of train).
        pairs: a row per copy, the most alike first: its `split`, the ids of both rows, their labels by name, and the
            `bits` in which the fingerprints differ; SAME for the same content.
        concerns: the concerns that follow.
    """

    name: str
    table: pd.DataFrame
    pairs: pd.DataFrame
    concerns: tuple[Concern, ...]

    @property
    def verdict(self) -> str:
        """Say in one sentence how many values are copies."""
        rows = self.table.to_dict("index").items()
        counts = [f"{row['same'] + row['alike']:,} of {row['values']:,} in {split}" for split, row in rows]
        return f"{plural_of(self.name).capitalize()} that are also in training: {listed(counts)}."


def find_copies(dataset: Dataset) -> tuple[Copies, ...]:
    """Look for values of validation and test that are a training value, or one that was scaled or encoded again."""
    return tuple(_find(dataset, name) for name in dataset.inputs if kind_of(name).most_bits_apart)


def _find(dataset: Dataset, name: str) -> Copies:
    frames = {split: _known(sampled(frame, MOST), name) for split, frame in dataset.splits() if split != "train"}
    frames = {"train": _known(dataset.train, name), **frames}
    found = fingerprints(name, (value for frame in frames.values() for value in frame[name]))
    train, most = frames["train"], kind_of(name).most_bits_apart
    drawn = np.random.default_rng(SEED).permutation(len(train))
    size = min(WITHIN, len(drawn) // 4)
    parts = train.iloc[np.sort(drawn[:size])], train.iloc[np.sort(drawn[size:])]
    within = len(_pairs(*parts, found, most)) / max(size, 1)
    rows, pairs = {}, []
    for split in ("validation", "test"):
        own = _pairs(frames[split], train, found, most)
        same = int((own["bits"] == SAME).sum())
        rows[split] = (len(frames[split]), same, len(own) - same, len(own) / max(len(frames[split]), 1), within)
        pairs.append(own.assign(split=split))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["values", "same", "alike", "share", "expected"])
    ordered = pd.concat(pairs).sort_values("bits", kind="stable", ignore_index=True)
    names = np.array(dataset.label_names, dtype=object)
    for column in ("label", "train_label"):
        ordered[column] = names[ordered[column].to_numpy(dtype=int)]
    ordered = ordered[list(COLUMNS)]
    concerns = [_concern(name, split, row, ordered) for split, row in rows.items() if row[1] + row[2]]
    return Copies(name, table, ordered, tuple(concerns))


def _known(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows that have a value, with its identity."""
    kind = kind_of(name)
    known = frame[~frame[name].map(kind.is_blank).astype(bool)]
    return known.assign(identity=known[name].map(kind.identity)).reset_index(drop=True)


def _pairs(own: pd.DataFrame, train: pd.DataFrame, found: dict[str, bytes], most: int) -> pd.DataFrame:
    """Return the rows of `own` with a copy in train, each with the nearest one."""
    place_of = {identity: place for place, identity in reversed(list(enumerate(train["identity"])))}
    nearest = np.array([place_of.get(identity, -1) for identity in own["identity"]], dtype=int)
    bits = np.where(nearest >= 0, SAME, most + 1)
    for rows, places, distances in near_copies(own["identity"], train["identity"], found, most):
        is_new = nearest[rows] < 0
        nearest[rows[is_new]], bits[rows[is_new]] = places[is_new], distances[is_new]
    is_copy = nearest >= 0
    others = train.iloc[nearest[is_copy]]
    columns: dict[str, Any] = {"train_id": others["id"].to_numpy(), "train_label": others["label"].to_numpy()}
    return own.loc[is_copy, ["id", "label"]].assign(**columns, bits=bits[is_copy])


def near_copies(
    own: pd.Series, others: pd.Series, found: Mapping[str, bytes], most: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield places in `own`, the places of their nearest near-copies in `others`, and the bits in which they differ.

    Args:
        own, others: identities of values.
        found: the fingerprint of each, see `fingerprints`.
        most: in how many bits near-copies differ at most.
    """
    own_rows, own_bits = _bits(own, found)
    other_rows, other_bits = _bits(others, found)
    if not len(other_rows):
        return
    ones = other_bits.sum(axis=1)
    for start in range(0, len(own_rows), AT_ONCE):
        part = own_bits[start : start + AT_ONCE]
        apart = part.sum(axis=1)[:, None] + ones - 2 * (part @ other_bits.T)
        nearest = apart.argmin(axis=1)
        distances = apart[np.arange(len(part)), nearest]
        is_near = distances <= most
        yield own_rows[start : start + AT_ONCE][is_near], other_rows[nearest[is_near]], distances[is_near]


def _bits(identities: pd.Series, found: Mapping[str, bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of values with a fingerprint, and its bits: float32 (m, bits)."""
    known = [(place, found[identity]) for place, identity in enumerate(identities) if found[identity]]
    bits = [np.unpackbits(np.frombuffer(fingerprint, np.uint8)) for _, fingerprint in known]
    width = len(bits[0]) if bits else 0
    return np.array([place for place, _ in known], dtype=int), np.array(bits, np.float32).reshape(len(bits), width)


def _concern(name: str, split: str, row: tuple[Any, ...], pairs: pd.DataFrame) -> Concern:
    values, same, alike, share, expected = row
    example = pairs[pairs["split"] == split].iloc[0]
    finding = (
        f"{same + alike:,} of {values:,} {split} {plural_of(name)} ({100 * share:.1f}%) are also in train: {same:,} "
        f"with the same content, {alike:,} scaled, encoded again or hardly changed; for example {example['id']} and "
        f"{example['train_id']}. Between two random parts of train, the share is {100 * expected:.1f}%."
    )
    advice = "Remove the copies from train, or keep them together with the option group=, because they inflate scores."
    return Concern(ConcernKind.DUPLICATES, finding, advice, is_serious(values, same + alike, share, expected))
