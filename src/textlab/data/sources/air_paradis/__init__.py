"""`air_paradis`: tweets to a fictional airline, written by a grammar so that word order matters.

The dataset is synthetic and needs no download. data/README.md describes its phenomena and its ceiling.
"""

from random import Random

import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.sources.air_paradis.grammar.composition import compose
from textlab.data.sources.air_paradis.grammar.draft import NEGATIVE, POSITIVE
from textlab.data.sources.air_paradis.grammar.surface import write

DESCRIPTION = "12,000 synthetic tweets to a fictional airline, negative or positive; word order matters."
VARIANTS: tuple[str, ...] = ()
VERSION = "1"
LABEL_NAMES = ("negative", "positive")
SIZES = {"train": 8000, "validation": 2000, "test": 2000}
LABEL_NOISE = 0.03
UNSEEN_SHARE = 1 / 3  # of the test split: words or templates that training never shows
WORD_NOVELTY, TEMPLATE_NOVELTY = 0.05, 0.25
FEWEST_WORDS, MOST_WORDS = 5, 40

Row = dict[str, str | int]


def load(variant: str = "", *, seed: int = 13) -> Dataset:
    """Generate the dataset; the same seed gives the same rows on every machine.

    Args:
        variant: must be empty, the dataset has only one.
        seed: the one source of chance.

    Raises:
        ValueError: a variant is asked for.
    """
    if variant:
        raise ValueError(f"Unknown variant {variant!r} of 'air_paradis': it has none, ask for 'air_paradis'.")
    random = Random(seed)
    written: set[str] = set()
    frames = {split: _split(random, split, size, written) for split, size in SIZES.items()}
    first = 1
    for frame in frames.values():
        frame.insert(0, "id", [f"air_paradis-{number:05d}" for number in range(first, first + len(frame))])
        first += len(frame)
    return Dataset("air_paradis", VERSION, LABEL_NAMES, *frames.values())


def _split(random: Random, split: str, size: int, written: set[str]) -> pd.DataFrame:
    """The rows of one split: shuffled, labels in balance before a fixed number of them is flipped."""
    unseen = round(size * UNSEEN_SHARE) if split == "test" else 0
    rows = [_row(random, (NEGATIVE, POSITIVE)[place % 2], place < unseen, written) for place in range(size)]
    random.shuffle(rows)
    for place in random.sample(range(size), round(size * LABEL_NOISE)):
        row = rows[place]
        row["label"] = 1 - int(row["label"])
        row["tags"] = " ".join(sorted([*str(row["tags"]).split(), "noise"]))
    return pd.DataFrame(rows, columns=["text", "label", "tags"])


def _row(random: Random, label: int, unseen: bool, written: set[str]) -> Row:
    """A row whose text has not been written before, with something held out in it where it must be unseen."""
    novelty = (WORD_NOVELTY, TEMPLATE_NOVELTY) if unseen else (0.0, 0.0)
    while True:
        composition = compose(random, label, *novelty)
        if unseen and not composition.held_out:
            continue
        text, surface = write(random, composition.sentences, composition.tags, label, composition.held_out)
        key = " ".join(text.casefold().split())
        if key in written or not FEWEST_WORDS <= len(text.split()) <= MOST_WORDS:
            continue
        written.add(key)
        tags = sorted(composition.tags | surface) or ["plain"]
        return {
            "text": text,
            "label": label,
            "tags": " ".join(sorted([*tags, *(["unseen"] if unseen else [])])),
        }
