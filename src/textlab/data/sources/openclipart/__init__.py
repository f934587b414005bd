"""Openclipart: drawings in the public domain with people's own titles, classified into eleven categories."""

from pathlib import Path

import pandas as pd

from textlab.data import roles, split
from textlab.data.dataset import Dataset
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading import files
from textlab.data.sources.openclipart import drawings
from textlab.inputs import kind_of

DESCRIPTION = "Openclipart: drawings and their titles in 11 categories such as animals, food and tools; own splits."
LABEL_NAMES = (
    *("animals", "buildings", "education", "electronics", "food", "office", "people", "plants", "recreation"),
    *("tools", "transportation"),
)
GROUP = "group"  # the drawings of one series


def load(*, pictures: bool = True) -> Dataset:
    """Load the titles and the pictures with their published splits; drawings of one series are in one split.

    The test split keeps all its rows. A picture that occurs in test is dropped from validation and training, and one
    that occurs in validation from training. Training also loses copies, and examples with several categories. An
    example is a title and a picture; titles alone may occur in several splits.

    Args:
        pictures: "false" loads the titles alone. Then what is said of pictures goes for titles, so that more rows are
            dropped.
    """
    (path,) = fetch()
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.index = pd.RangeIndex(2, len(table) + 2)  # no cell spans lines, so these are the lines below the header
    frame = pd.DataFrame(
        {
            "id": [Path(image).stem for image in table["image"]],
            "text": table["text"],
            **({"image": drawings.obtain_pictures(list(table["image"]))} if pictures else {}),
            "label": [LABEL_NAMES.index(name) for name in table["label"]],
        }
    )
    frame = roles.with_roles(frame, table, roles.Roles(group=GROUP))
    inputs = ("text", "image") if pictures else ("text",)
    log = PreparationLog("openclipart", len(frame), LABEL_NAMES, inputs)
    train, validation, test = (frame[table["split"] == part] for part in ("train", "validation", "test"))
    if pictures:
        parts = _separate(train, validation, test, log)
    else:
        parts = split.separate(split.drop_empty(train, log), split.drop_empty(validation, log), test, log)
    return Dataset(
        "openclipart",
        files.checksum(path)[:12],
        LABEL_NAMES,
        *parts,
        inputs=inputs,
        preparation=log.preparation(parts, GROUP),
    )


def fetch() -> list[Path]:
    """Return the verified list; it cannot be downloaded."""
    return [files.obtain(drawings.ARTICLES)]


def _separate(
    train: pd.DataFrame, validation: pd.DataFrame, test: pd.DataFrame, log: PreparationLog
) -> list[pd.DataFrame]:
    """Make the splits share no picture. Test stays as it is; train also loses copies and contradictions."""
    validation = log.drop(validation, _pictures(validation).isin(_pictures(test)), Reason.PICTURE_IN_TEST)
    train = log.drop(train, _pictures(train).isin(_pictures(test)), Reason.PICTURE_IN_TEST)
    train = log.drop(train, _pictures(train).isin(_pictures(validation)), Reason.PICTURE_IN_VALIDATION)
    train = split.drop_duplicates(train, log)
    return [part.reset_index(drop=True) for part in (train, validation, test)]


def _pictures(frame: pd.DataFrame) -> pd.Series:
    return frame["image"].map(kind_of("image").duplicate_key)
