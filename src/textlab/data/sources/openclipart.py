"""Openclipart: drawings in the public domain, classified by their titles into eleven categories."""

from pathlib import Path

import pandas as pd

from textlab.data import roles, split
from textlab.data.dataset import Dataset
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading import files

DESCRIPTION = "Openclipart: titles of drawings in 11 categories such as animals, food and tools; own splits."
LABEL_NAMES = (
    *("animals", "buildings", "education", "electronics", "food", "office", "people", "plants", "recreation"),
    *("tools", "transportation"),
)
GROUP = "group"  # the drawings of one series

ARTICLES = files.RemoteFile(
    path="openclipart/articles.csv",
    url="",
    checksums=("d29d2670e48914b0ba2f10ff5a65d08adb01adc3e49f1877e348252ea076ebf2",),
    by_hand="The list was cut from Debian's packages openclipart-svg and openclipart-png; data/README.md describes it. "
    "To use a list of your own with the columns text, label, group and split, load it as "
    "file:articles.csv?group=group.",
)


def load() -> Dataset:
    """Load the titles with their published splits; drawings of one series are in one split.

    Many drawings share a title. The test split keeps all its rows. Titles that occur in test are dropped from
    validation and training, and titles that occur in validation from training. Training also loses copies and titles
    with several categories.
    """
    (path,) = fetch()
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.index = pd.RangeIndex(2, len(table) + 2)  # no cell spans lines, so these are the lines below the header
    frame = pd.DataFrame(
        {
            "id": [Path(image).stem for image in table["image"]],
            "text": table["text"],
            "label": [LABEL_NAMES.index(name) for name in table["label"]],
        }
    )
    frame = roles.with_roles(frame, table, roles.Roles(group=GROUP))
    log = PreparationLog("openclipart", len(frame), LABEL_NAMES)
    train, validation, test = (frame[table["split"] == part] for part in ("train", "validation", "test"))
    parts = split.separate(split.drop_empty(train, log), split.drop_empty(validation, log), test, log)
    version = files.checksum(path)[:12]
    return Dataset("openclipart", version, LABEL_NAMES, *parts, preparation=log.preparation(parts, GROUP))


def fetch() -> list[Path]:
    """Return the verified list; it cannot be downloaded."""
    return [files.obtain(ARTICLES)]
