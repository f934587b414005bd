"""A user's own table of texts or pictures and labels: "file:path/to/tweets.csv"."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import pandas as pd

from textlab.data import roles
from textlab.data.dataset import Dataset
from textlab.data.grouped_split import grouped_split, split_by_time
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.pictures import table as pictures_table
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading import columns, files, tables
from textlab.data.split import Contradictions, Rare, drop_duplicates, drop_empty, separate
from textlab.data.targets import Target, target_of
from textlab.data.task_dataset import SPLITS

logger = logging.getLogger(__name__)

DESCRIPTION = "Your own .csv, .tsv, .parquet or .jsonl file with the columns text and label."
ARGUMENT = "PATH"

Divide = Callable[[pd.DataFrame, tuple[float, ...]], list[pd.DataFrame]]


def load(
    path: str,
    *,
    text: str = "text",
    image: str = "",
    label: str = "label",
    labels: str = "",
    label_separator: str = "",
    id: str = "id",  # noqa: A002, the column's usual name
    split: str = "split",
    group: str = "",
    time: str = "",
    validation: float = 0.1,
    test: float = 0.2,
    seed: int = 13,
    contradictions: Contradictions = "drop",
    rare: Rare = "refuse",
    unlabelled: Literal["refuse", "drop"] = "refuse",
    pictures: pictures_table.Unusable = "refuse",
    encoding: str = "utf-8",
    separator: str = "",
) -> Dataset | MultilabelDataset:
    """Load a table. Texts stay as written; empty rows, copies and contradictory labels are dropped and accounted for.

    A sealed .jsonl file is opened with the keys of TEXTLAB_SEAL_KEYS or TEXTLAB_SEAL_KEYS_FILE.

    Args:
        path: the file. A relative path is looked up in the working directory, then in the checkout.
        text: the column of the texts; "" for pictures alone.
        image: the column of the pictures, PNG or JPEG: paths from the table's folder, or in Parquet the bytes; "" for
            none. A row needs a text or a picture.
        label: the column of the classes (strings or integers).
        labels: for several labels per text, in place of `label`: the column of lists (also spelled as a text), or of
            names joined by `label_separator`; or several columns of 0 and 1, with commas between their names. An empty
            list means no label, and so does an empty cell of joined names.
        label_separator: what joins names in the column `labels`: characters such as "|", or comma, semicolon, pipe or
            tab.
        id: the column of unique ids. Without such a column, or with "", a row's id is its line, such as "line-12".
        split: the column that says train, validation (or val, valid, dev) or test. Without such a column, or with "",
            the rows are split with the seed. If no row is for validation, some training rows are used.
        group: a column such as the author. Rows that are split here stay together if they have the same group.
        time: a column of times. Rows that are split here are split by time: the latest are for test.
        validation, test: shares of the rows, if the rows are split here.
        seed: seed of the split.
        contradictions: what happens to a text with several labels. "drop" drops its rows, "majority" keeps one row with
            its most frequent label, "keep" keeps one row of each label.
        rare: what happens to a label with fewer than three texts, if rows are split here by label. "refuse" makes it
            an error; "train" keeps its texts in train, so that scores do not cover it.
        unlabelled: "refuse" makes a row without a label an error; "drop" drops such rows.
        pictures: what happens to rows whose picture is missing or broken. "refuse" makes them an error, "drop" drops
            them, "blank" keeps them without a picture.
        encoding: encoding of a .csv, .tsv or .jsonl file.
        separator: what separates the cells of a .csv or .tsv file: one character, or tab, comma, semicolon or pipe. It
            is recognised by default.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: a row is broken, a column or label is missing, an id occurs twice, there is only one class, or a
            class has too few texts to split. The message names the line where there is one.
        SealError: the file is sealed and was changed, or its key is missing or another one.
    """
    _check_one(group, time)
    located, name = files.locate(path), f"file:{path}"
    inputs, target = _inputs(text, image), target_of(label, labels, label_separator)
    is_held = bool(image) and pictures_table.holds_pictures(located, image)
    table = tables.read(located, encoding, separator, without=image if is_held else "")
    if image and not is_held and image not in table:
        raise columns.unknown_column(table, located, image, "image")
    if not image and (unread := pictures_table.unread_column(table)):
        logger.warning(
            "%s: the pictures of the column '%s' are not read. To read them: image=%s.", path, unread, unread
        )
    labelled, blank = _labelled(table, located, text, target, unlabelled, inputs)
    if image:
        pictures_table.check_one_picture(labelled, located, id, image)
    frame, label_names = target.examples(labelled, located, text, id)
    log = PreparationLog(name, len(table), label_names, inputs)
    log.concerns += tables.concerns(table, located, encoding, separator)
    log.concerns += target.concerns(labelled, frame, label_names)
    log.drop(blank, [True] * len(blank), Reason.EMPTY_LABEL)
    role_columns = roles.find_roles(labelled, group, time, (text, image, *target.columns, id, split), located)
    if image:
        frame = pictures_table.with_pictures(frame, labelled, located, image, pictures, log)
    frame = drop_empty(roles.with_roles(frame, labelled.loc[frame.index], role_columns), log)
    if time:
        roles.check_times(table.loc[frame.index, time], located)
    split_of = columns.split_names(labelled, located, split)
    of_label = partial(target.split, label_names=label_names, rare=rare)
    divide = partial(_divide, of_label, seed=seed, label_names=label_names, group=group, time=time, inputs=inputs)
    shares = (1 - validation - test, validation, test)
    try:
        if split_of is None:
            parts = divide(drop_duplicates(frame, log, contradictions), shares)
        else:
            first, second, third = _split_by_column(frame, split_of.loc[frame.index], shares, divide)
            parts = separate(first, second, third, log, contradictions)
    except ValueError as error:
        raise ValueError(f"{located}: {error}") from error
    preparation = log.preparation(parts, role_columns.group, role_columns.time)
    version = files.checksum(located)[:12]
    return target.dataset(name, version, label_names, parts, inputs, preparation)


def task(path: str, *, labels: str = "") -> str:
    """Return the task of a table, which the option `labels` states."""
    return MultilabelDataset.task if labels else Dataset.task


def _inputs(text: str, image: str) -> tuple[str, ...]:
    if not (text or image):
        raise ValueError(
            "The options text= and image= are both empty. Name the column of the texts or of the pictures."
        )
    return tuple(name for name, column in (("text", text), (pictures_table.IMAGE, image)) if column)


def _check_one(group: str, time: str) -> None:
    if group and time:
        raise ValueError(
            "The options group= and time= exclude each other: rows cannot be split by group and by time. Leave out one."
        )


def _labelled(
    table: pd.DataFrame, path: Path, text: str, target: Target, unlabelled: str, inputs: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows to read, and the rows without a label to drop, with their first input and `label`."""
    missing = [column for column in (*target.columns, *filter(None, [text])) if column not in table]
    if unlabelled == "refuse" or missing:
        return table, table.head(0)  # target.examples says what is missing
    blank = target.unlabelled(table)
    if blank.all():
        named = ", ".join(target.columns)
        raise ValueError(f"{path}: every row of the column '{named}' is empty. Name another column (option label=).")
    rows = table[blank]
    words = rows[text].where(rows[text].notna(), "").astype(str) if text else ""
    return table[~blank], pd.DataFrame({inputs[0]: words, "label": ""}, rows.index)


def _divide(
    of_label: Callable[..., list[pd.DataFrame]],
    frame: pd.DataFrame,
    shares: tuple[float, ...],
    seed: int,
    label_names: tuple[str, ...],
    group: str,
    time: str,
    inputs: tuple[str, ...],
) -> list[pd.DataFrame]:
    if group:
        return grouped_split(frame, shares, seed, label_names, group, inputs)
    if time:
        return split_by_time(frame, shares, label_names, time, inputs)
    return of_label(frame, shares, seed, inputs=inputs)


def fetch(path: str) -> list[Path]:
    """Check that the file exists. There is nothing to download, so no path is returned.

    Raises:
        FileNotFoundError: the file does not exist.
    """
    located = files.locate(path)
    if not located.is_file():
        raise FileNotFoundError(f"There is no file {located}. Check the path after 'file:'.")
    return []


def _split_by_column(
    frame: pd.DataFrame, split_of: pd.Series, shares: tuple[float, ...], divide: Divide
) -> list[pd.DataFrame]:
    """Split rows as the file says; if no row is for validation, cut it from train. Indexes hold lines."""
    parts = {name: frame[split_of == name] for name in SPLITS}
    for name in ("train", "test"):
        if parts[name].empty:
            raise ValueError(
                f"The split column has no row for '{name}'. Add some, or split with the seed instead (option split=)."
            )
    if parts["validation"].empty:
        logger.info("The split column has no row for validation, so a share of train is used.")
        share = shares[1] / (shares[0] + shares[1])
        lined = parts["train"].assign(line=parts["train"].index)
        cut = divide(lined, (1 - share, share))
        parts["train"], parts["validation"] = (part.set_index("line") for part in cut)
    return list(parts.values())
