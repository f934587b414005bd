"""A user's own table of texts and labels: "file:path/to/tweets.csv"."""

import logging
from pathlib import Path

import pandas as pd

from textlab import paths
from textlab.data.dataset import SPLITS, Dataset
from textlab.data.reading import columns, files, tables
from textlab.data.split import drop_duplicates, drop_empty, separate, stratified_split

logger = logging.getLogger(__name__)

DESCRIPTION = "Your own .csv, .tsv, .parquet or .jsonl file with the columns text and label."
VARIANTS: tuple[str, ...] = ()
ARGUMENT = "PATH"


def load(
    variant: str = "",
    *,
    text: str = "text",
    label: str = "label",
    id: str = "id",  # noqa: A002, the column's usual name
    split: str = "split",
    validation: float = 0.1,
    test: float = 0.2,
    seed: int = 13,
    encoding: str = "utf-8",
) -> Dataset:
    """A file's rows. Texts stay as written; empty ones, duplicates and contradictions are dropped and logged.

    Args:
        variant: the file's path; a relative one is looked for in the working directory, then in the checkout.
        text, label: the columns of the texts and of the classes (strings or integers).
        id: the column of unique names; where there is none, or with "", a row's name is its line, e.g. "line-12".
        split: the column that says train, validation (or val, valid, dev) or test. Where the file has none,
            or with "", rows are split with the seed. Where it knows no validation, train gives some.
        validation, test: shares of the rows, used where rows are split here.
        seed: of the split.
        encoding: of a .csv, .tsv or .jsonl file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a broken row, a missing column or label (with the line), an id that comes twice, a single
            class, or a class with too few texts to split.
    """
    path = _locate(variant)
    name = f"file:{variant}"
    table = tables.read(path, encoding)
    frame, label_names = columns.examples(table, path, text, label, id)
    shares = (1 - validation - test, validation, test)
    given = columns.split_names(table, path, split)
    frame = drop_empty(frame, name)
    try:
        if given is None:
            frame = drop_duplicates(frame, name)
            parts = stratified_split(frame, shares, seed, label_names)
        else:
            parts = _given_split(frame, given.loc[frame.index], shares, seed, label_names)
            parts = separate(parts[0], parts[1], parts[2], name)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return Dataset(name, files.checksum(path)[:12], label_names, *parts)


def fetch(variant: str = "") -> list[Path]:
    """Nothing to verify: a user's own file is only looked for.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = _locate(variant)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    return []


def _locate(given: str) -> Path:
    path = Path(given).expanduser()
    # A notebook runs in a folder of its own, so that a grid's relative paths are meant from the checkout.
    return path if path.is_absolute() or path.is_file() else paths.ROOT / path


def _given_split(
    frame: pd.DataFrame, given: pd.Series, shares: tuple[float, ...], seed: int, label_names: tuple[str, ...]
) -> list[pd.DataFrame]:
    """Train, validation and test as the file has them; a missing validation is cut from train."""
    parts = {name: frame[given == name] for name in SPLITS}
    for name in ("train", "test"):
        if parts[name].empty:
            raise ValueError(
                f"the split column gives no row to '{name}'; add some, or split with a seed (option split=)."
            )
    if parts["validation"].empty:
        logger.info("The split column gives no row to validation; a share of train takes its place.")
        share = shares[1] / (shares[0] + shares[1])
        parts["train"], parts["validation"] = stratified_split(parts["train"], (1 - share, share), seed, label_names)
    return list(parts.values())
