"""Score texts and files with a bundle. Files are read, scored and written in pieces, so they may be of any size."""

import contextlib
import csv
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from textlab.data.examples import Examples
from textlab.data.reading import tables
from textlab.evaluation.classification.predictions import PREFIX
from textlab.export.answers import answers_in_batches
from textlab.export.bundle import Bundle
from textlab.paths import replacing

ROWS_AT_ONCE = 1024


class _Writer(Protocol):
    """The writers of the csv module, whose class has no public name."""

    def writerow(self, row: Any, /) -> Any: ...
    def writerows(self, rows: Any, /) -> Any: ...


def score_examples(bundle: Bundle, examples: Examples) -> pd.DataFrame:
    """Predict the class and the probabilities of n examples.

    Args:
        bundle: a loaded bundle.
        examples: a frame with the model's input columns, n rows; or n texts, if text is the only input.

    Returns:
        One row per example, in order: predicted, then p_<class> for each class of the bundle.
    """
    answers = answers_in_batches(bundle, examples)
    table = pd.DataFrame(answers, columns=[f"{PREFIX}{name}" for name in bundle.label_names])
    table.insert(0, "predicted", [bundle.label_names[best] for best in answers.argmax(axis=1)])
    return table


def score_file(
    bundle: Bundle,
    path: Path,
    output: Path,
    columns: Mapping[str, str] | None = None,
    show_progress: bool = False,
) -> int:
    """Copy the rows of a .csv or .tsv file, and add the predicted class and the probabilities to each.

    The file's own cells are copied unchanged. `output` appears only when it is complete.

    Args:
        bundle: a loaded bundle.
        path: the file, in UTF-8.
        output: a .csv or .tsv file; an older one is replaced.
        columns: the file's column for each input whose column has another name than the input.
        show_progress: whether to show a progress bar on standard error.

    Returns:
        The number of rows that were scored.

    Raises:
        FileNotFoundError: the file, or the folder of the output, does not exist.
        ValueError: the file cannot be read strictly (the message names the line), it lacks the column of an input, or
            it already has a column with the name of a score.
    """
    if output.suffix.lower() not in tables.DELIMITERS:
        raise ValueError(f"{output} ends in '{output.suffix}'. Choose one of {', '.join(tables.DELIMITERS)}.")
    if output.resolve() == path.resolve():
        raise ValueError(f"{output} is also the file to read. Choose another file with --output.")
    if not output.parent.is_dir():
        raise FileNotFoundError(f"The folder {output.parent} for the output does not exist. Create it first.")
    with (
        replacing(output) as partial,
        contextlib.closing(tables.rows(path, opened=_open_with_progress if show_progress else open)) as rows,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, delimiter=tables.DELIMITERS[output.suffix.lower()], lineterminator="\n")
        return _score_rows(bundle, rows, writer, path, columns or {})


def _open_with_progress(path: Path, *arguments: Any, **options: Any) -> Any:
    from rich import progress
    from rich.console import Console

    return progress.open(path, *arguments, **options, description=path.name, console=Console(stderr=True))


def _score_rows(
    bundle: Bundle, rows: Iterator[tuple[int, list[str]]], writer: _Writer, path: Path, columns: Mapping[str, str]
) -> int:
    _, header = next(rows, (1, []))
    places = _places(bundle, header, path, columns)
    scores = ["predicted", *(f"{PREFIX}{name}" for name in bundle.label_names)]
    if taken := [name for name in scores if name in header]:
        raise ValueError(f"{path} already has the column(s) {', '.join(taken)}. Rename or remove them.")
    writer.writerow([*header, *scores])
    count = 0
    while piece := [row for _, row in itertools.islice(rows, ROWS_AT_ONCE)]:
        examples = pd.DataFrame({name: [row[place] for row in piece] for name, place in places.items()}, dtype=object)
        scored = score_examples(bundle, examples).itertuples(index=False)
        writer.writerows([*row, *score] for row, score in zip(piece, scored, strict=True))
        count += len(piece)
    return count


def _places(bundle: Bundle, header: list[str], path: Path, columns: Mapping[str, str]) -> dict[str, int]:
    """Return the position of each input's column in the header."""
    inputs = bundle.signature.input_names
    if unknown := [name for name in columns if name not in inputs]:
        raise ValueError(
            f"The model has no input {', '.join(unknown)}; it reads {', '.join(inputs)}. Correct the name."
        )
    column_of_input = {name: columns.get(name, name) for name in inputs}
    for name, column in column_of_input.items():
        if column not in header:
            raise ValueError(
                f"{path} has no column '{column}'; it has {', '.join(header) or 'none'}. Name the right one with "
                f"--input {name}=COLUMN."
            )
    return {name: header.index(column) for name, column in column_of_input.items()}
