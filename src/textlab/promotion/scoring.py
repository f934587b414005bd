"""Texts and files through a promoted model. A file is read, scored and written in pieces: it may be of any size."""

import contextlib
import csv
import itertools
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.reading import tables
from textlab.evaluation.classification.predictions import PREFIX
from textlab.export.answers import answers_in_batches
from textlab.export.bundle import Bundle

ROWS_AT_ONCE = 1024


def score_texts(bundle: Bundle, texts: Sequence[str]) -> pd.DataFrame:
    """A row a text, in their order: predicted, then p_<class> for each class of the bundle."""
    answers = answers_in_batches(bundle, texts)
    table = pd.DataFrame(answers, columns=[f"{PREFIX}{name}" for name in bundle.label_names])
    table.insert(0, "predicted", [bundle.label_names[best] for best in answers.argmax(axis=1)])
    return table


def score_file(bundle: Bundle, path: Path, output: Path, column: str = "text", show_progress: bool = False) -> int:
    """Write the rows of a .csv or .tsv file with the class and the probabilities of their texts.

    The cells of the file stay as they stand. `output` appears only when it is complete.

    Args:
        path: the file, UTF-8.
        output: a .csv or .tsv file; an older one is replaced.
        column: that holds the texts.
        show_progress: on standard error.

    Returns:
        How many texts were scored.

    Raises:
        FileNotFoundError: there is no such file, or no folder for the output.
        ValueError: it cannot be read strictly (the message names the line), it lacks the column, or it has columns of
            the same names as the scores'.
    """
    if output.suffix.lower() not in tables.DELIMITERS:
        raise ValueError(f"{output} ends in '{output.suffix}'; written are {', '.join(tables.DELIMITERS)}.")
    if output.resolve() == path.resolve():
        raise ValueError(f"{output} is the file that is read. Name another for --output.")
    if not output.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {output.parent} for the output. Make it first.")
    partial = output.with_name(f".{output.name}.{uuid.uuid4().hex}.partial")
    try:
        with (
            contextlib.closing(tables.rows(path, opened=_open_with_progress if show_progress else open)) as rows,
            partial.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file, delimiter=tables.DELIMITERS[output.suffix.lower()], lineterminator="\n")
            count = _score_rows(bundle, rows, writer, path, column)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _open_with_progress(path: Path, *arguments: Any, **options: Any) -> Any:
    from rich import progress
    from rich.console import Console

    return progress.open(path, *arguments, **options, description=path.name, console=Console(stderr=True))


def _score_rows(bundle: Bundle, rows: Iterator[tuple[int, list[str]]], writer: Any, path: Path, column: str) -> int:
    _, header = next(rows, (1, []))
    scores = ["predicted", *(f"{PREFIX}{name}" for name in bundle.label_names)]
    if column not in header:
        raise ValueError(f"{path} has no column '{column}'; it has {', '.join(header) or 'none'}. Name it with --text.")
    if taken := [name for name in scores if name in header]:
        raise ValueError(f"{path} has the column(s) {', '.join(taken)} already. Rename them, or take them out.")
    writer.writerow([*header, *scores])
    place, count = header.index(column), 0
    while piece := [row for _, row in itertools.islice(rows, ROWS_AT_ONCE)]:
        scored = score_texts(bundle, [row[place] for row in piece])
        writer.writerows([*row, *score] for row, score in zip(piece, scored.itertuples(index=False), strict=True))
        count += len(piece)
    return count
