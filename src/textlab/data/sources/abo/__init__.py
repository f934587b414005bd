"""Amazon Berkeley Objects (Collins et al. 2022): articles of a real shop with titles and pictures, by kind of product.

Its page, https://amazon-berkeley-objects.s3.amazonaws.com/index.html, states the terms: Creative Commons Attribution
4.0. Credit for the data, including all pictures, goes to Amazon.com; for building the dataset to M. Guillaumin,
T. Dideriksen, K. Deng, H. Arora (Amazon.com), J. Collins and J. Malik (UC Berkeley).

The publisher states no checksums, and textlab's authors could not download the archives, so none is known here. The
sha256 of each archive is recorded when it is first used and checked from then on, see `textlab.data.reading.files`.
"""

from pathlib import Path

import pandas as pd

from textlab.data import split
from textlab.data.dataset import Dataset
from textlab.data.grouped_split import grouped_split
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading import files
from textlab.data.sources.abo import archives, listings

DESCRIPTION = "Amazon Berkeley Objects: English titles and pictures of a shop's articles by kind; 3 GB to download."
INPUTS = ("text", "image")
FRACTIONS = (0.7, 0.1, 0.2)
FEWEST_OF_A_CLASS = 50  # articles; rarer kinds of products are left out


def load(*, classes: int = 20, per_class: int = 500, seed: int = 13) -> Dataset:
    """Load the articles of the most frequent kinds of products. Articles with one title or one picture count once.

    Variants of an article, whose titles agree up to the first comma, are in one split.

    Args:
        classes: number of kinds of products, the most frequent ones.
        per_class: most articles of each kind, chosen by a hash of their id.
        seed: seed of the split.

    Raises:
        ValueError: an option is too small, or an archive is not what was published.
    """
    if classes < 2 or per_class < FEWEST_OF_A_CLASS:
        raise ValueError(
            f"Dataset 'abo' was asked for {classes} classes of {per_class} articles. Ask for at least 2 classes and "
            f"{FEWEST_OF_A_CLASS} articles."
        )
    texts, pictures = fetch()
    table = listings.read(texts)
    log = PreparationLog("abo", len(table))
    table = _distinct(table, log)
    table = listings.chosen(table, classes, per_class, FEWEST_OF_A_CLASS)
    names = tuple(sorted(table["label"].unique()))
    version = f"{files.checksum(texts)[:12]}-{files.checksum(pictures)[:12]}"
    frame = table.assign(
        image=archives.pictures(pictures, list(table["image_id"]), version),
        label=[names.index(name) for name in table["label"]],
        group=listings.families(list(table["text"])),
    ).drop(columns="image_id")
    parts = grouped_split(frame, FRACTIONS, seed, names, inputs=INPUTS)
    return Dataset("abo", version, names, *parts, inputs=INPUTS, preparation=log.preparation((), "group"))


def fetch() -> list[Path]:
    """Download the archives of listings (83 MB) and of pictures of at most 256 pixels (3 GB), and verify them."""
    return [files.obtain(archives.LISTINGS), files.obtain(archives.PICTURES)]


def _distinct(table: pd.DataFrame, log: PreparationLog) -> pd.DataFrame:
    """Keep the first listing of each article, title and picture; the same article is listed in several countries."""
    table = split.drop_empty(table, log)
    table = log.drop(table, table["label"] == "", Reason.EMPTY_LABEL)
    table = log.drop(table, table["id"].duplicated(), Reason.SAME_ID)
    table = log.drop(table, pd.Series(split.duplicate_keys(table["text"])).duplicated(), Reason.COPY)
    has_twin = table["image_id"].duplicated() & (table["image_id"] != "")
    return log.drop(table, has_twin, Reason.COPY)
