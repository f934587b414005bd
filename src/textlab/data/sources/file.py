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
ARGUMENT = "PATH"


def load(
    path: str,
    *,
    text: str = "text",
    label: str = "label",
    id: str = "id",  # noqa: A002, the column's usual name
    split: str = "split",
    validation: float = 0.1,
    test: float = 0.2,
    seed: int = 13,
    encoding: str = "utf-8",
    separator: str = "",
) -> Dataset:
    """Load a table. Texts stay as written; empty texts, duplicates and contradictory labels are dropped and logged.

    Args:
        path: the file. A relative path is looked up in the working directory, then in the checkout.
        text, label: the columns of the texts and of the classes (strings or integers).
        id: the column of unique ids. Without such a column, or with "", a row's id is its line, such as "line-12".
        split: the column that says train, validation (or val, valid, dev) or test. Without such a column, or with "",
            the rows are split with the seed. If no row is for validation, some training rows are used.
        validation, test: shares of the rows, if the rows are split here.
        seed: seed of the split.
        encoding: encoding of a .csv, .tsv or .jsonl file.
        separator: what separates the cells of a .csv or .tsv file: one character, or tab, comma, semicolon or pipe. It
            is recognised by default.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: a row is broken, a column or label is missing, an id occurs twice, there is only one class, or a
            class has too few texts to split. The message names the line where there is one.
    """
    located = _locate(path)
    name = f"file:{path}"
    table = tables.read(located, encoding, separator)
    frame, label_names = columns.examples(table, located, text, label, id)
    shares = (1 - validation - test, validation, test)
    given = columns.split_names(table, located, split)
    frame = drop_empty(frame, name)
    try:
        if given is None:
            frame = drop_duplicates(frame, name)
            parts = stratified_split(frame, shares, seed, label_names)
        else:
            parts = _given_split(frame, given.loc[frame.index], shares, seed, label_names)
            parts = separate(parts[0], parts[1], parts[2], name)
    except ValueError as error:
        raise ValueError(f"{located}: {error}") from error
    return Dataset(name, files.checksum(located)[:12], label_names, *parts)


def fetch(path: str) -> list[Path]:
    """Check that the file exists. There is nothing to download, so no path is returned.

    Raises:
        FileNotFoundError: the file does not exist.
    """
    located = _locate(path)
    if not located.is_file():
        raise FileNotFoundError(f"There is no file {located}. Check the path after 'file:'.")
    return []


def _locate(given: str) -> Path:
    path = Path(given).expanduser()
    # A notebook runs in a folder of its own, so a relative path in a grid is meant from the checkout.
    return path if path.is_absolute() or path.is_file() else paths.ROOT / path


def _given_split(
    frame: pd.DataFrame, given: pd.Series, shares: tuple[float, ...], seed: int, label_names: tuple[str, ...]
) -> list[pd.DataFrame]:
    """Split rows as the file says; if no row is for validation, cut it from train."""
    parts = {name: frame[given == name] for name in SPLITS}
    for name in ("train", "test"):
        if parts[name].empty:
            raise ValueError(
                f"The split column has no row for '{name}'. Add some, or split with the seed instead (option split=)."
            )
    if parts["validation"].empty:
        logger.info("The split column has no row for validation, so a share of train is used.")
        share = shares[1] / (shares[0] + shares[1])
        parts["train"], parts["validation"] = stratified_split(parts["train"], (1 - share, share), seed, label_names)
    return list(parts.values())
