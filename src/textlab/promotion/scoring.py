"""Score texts and files with a bundle. Files are read, scored and written in pieces, so they may be of any size."""

import contextlib
import csv
import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from textlab.bundle_format.labels import read_labels
from textlab.bundle_format.signature import Signature, read_signature
from textlab.data.examples import Examples
from textlab.data.reading import tables
from textlab.evaluation.classification.predictions import PREFIX
from textlab.export.answers import answers_in_batches
from textlab.export.bundle import Bundle
from textlab.paths import replacing

ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class ScoredFile:
    """The outcome of scoring a file.

    Attributes:
        rows: the number of rows, the blank ones among them.
        blank: the number of rows without a visible character in any input; they have no prediction.
        seconds: the time for reading, scoring and writing, without loading the model.
    """

    rows: int
    blank: int
    seconds: float


class ChangedError(ValueError):
    """A file has changed while it was being scored."""


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


@dataclass(frozen=True)
class Layout:
    """The layout of a file, and columns to add to each scored row.

    Attributes:
        columns: the file's column for each input whose column has another name than the input.
        encoding: the file's encoding. The output is always UTF-8.
        separator: the file's separator, or its name; "" recognises it.
        constants: columns that hold the same value in each row of the output, such as the model's version.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    separator: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)


PLAIN = Layout()


def check_file(folder: Path, path: Path, output: Path, layout: Layout = PLAIN) -> None:
    """Check that a file can be scored, in a moment: neither TensorFlow nor the model is loaded.

    Args:
        folder: the folder of a bundle.
        path, output, layout: as for `score_file`.

    Raises:
        FileNotFoundError, ValueError: as for `score_file`, except for the rows after the header.
    """
    _check_output(path, output)
    with contextlib.closing(tables.rows(path, layout.encoding, separator=layout.separator)) as rows:
        _, header = next(rows, (1, []))
    _places(read_signature(folder), header, path, layout.columns)
    _added_columns(read_labels(folder), header, path, layout)


def score_file(
    bundle: Bundle, path: Path, output: Path, layout: Layout = PLAIN, show_progress: bool = False
) -> ScoredFile:
    """Copy the rows of a .csv or .tsv file, and add the predicted class and the probabilities to each.

    The file's own cells are copied unchanged. A row whose inputs are all blank gets empty cells, because the service
    refuses blank texts, too. `output` appears only when it is complete.

    Args:
        bundle: a loaded bundle.
        path: the file.
        output: a .csv or .tsv file; an older one is replaced.
        layout: how the file is read, and columns to add.
        show_progress: whether to show a progress bar on standard error.

    Raises:
        FileNotFoundError: the file, or the folder of the output, does not exist.
        ValueError: the file cannot be read strictly (the message names the line), it lacks the column of an input, or
            it already has a column with the name of one that is added.
        ChangedError: the file has changed in the meantime, so that it may still be incomplete.
    """
    started = time.perf_counter()
    _check_output(path, output)
    with contextlib.suppress(FileNotFoundError):  # reading the rows explains it
        before = state(path)
    opened = _open_with_progress if show_progress else open
    with (
        replacing(output) as partial,
        contextlib.closing(tables.rows(path, layout.encoding, opened, layout.separator)) as rows,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, delimiter=tables.DELIMITERS[output.suffix.lower()], lineterminator="\n")
        count, blank = _score_rows(bundle, rows, writer, path, layout)
        if state(path) != before:
            raise ChangedError(f"{path} has changed while it was being scored. Run the command again.")
    return ScoredFile(count, blank, time.perf_counter() - started)


def state(path: Path) -> tuple[float, int]:
    """Return when a file was last changed, in seconds since 1970, and its size in bytes."""
    found = path.stat()
    return found.st_mtime, found.st_size


def _check_output(path: Path, output: Path) -> None:
    if output.suffix.lower() not in tables.DELIMITERS:
        raise ValueError(f"{output} ends in '{output.suffix}'. Choose one of {', '.join(tables.DELIMITERS)}.")
    if output.resolve() == path.resolve():
        raise ValueError(f"{output} is also the file to read. Choose another file with --output.")
    if not output.parent.is_dir():
        raise FileNotFoundError(f"The folder {output.parent} for the output does not exist. Create it first.")


def _open_with_progress(path: Path, *arguments: Any, **options: Any) -> Any:
    from rich import progress
    from rich.console import Console

    return progress.open(path, *arguments, **options, description=path.name, console=Console(stderr=True))


def _score_rows(
    bundle: Bundle, rows: Iterator[tuple[int, list[str]]], writer: _Writer, path: Path, layout: Layout
) -> tuple[int, int]:
    """Write the header and all rows; return the number of rows, and of those that are blank."""
    _, header = next(rows, (1, []))
    places = _places(bundle.signature, header, path, layout.columns)
    added = _added_columns(bundle.label_names, header, path, layout)
    writer.writerow([*header, *added])
    constants = list(layout.constants.values())
    count = blank = 0
    while piece := [row for _, row in itertools.islice(rows, ROWS_AT_ONCE)]:
        cells = [[row[place] for place in places.values()] for row in piece]
        filled = [number for number, values in enumerate(cells) if any(value.strip() for value in values)]
        examples = pd.DataFrame([cells[number] for number in filled], columns=list(places), dtype=object)
        scored = dict(zip(filled, score_examples(bundle, examples).itertuples(index=False), strict=True))
        empty = [""] * (len(added) - len(constants))
        writer.writerows([*row, *scored.get(number, empty), *constants] for number, row in enumerate(piece))
        count, blank = count + len(piece), blank + len(piece) - len(filled)
    return count, blank


def _added_columns(label_names: Sequence[str], header: list[str], path: Path, layout: Layout) -> list[str]:
    """Return the names of the columns that scoring adds."""
    added = ["predicted", *(f"{PREFIX}{name}" for name in label_names), *layout.constants]
    if taken := [name for name in added if name in header]:
        raise ValueError(f"{path} already has the column(s) {', '.join(taken)}. Rename or remove them.")
    return added


def _places(signature: Signature, header: list[str], path: Path, columns: Mapping[str, str]) -> dict[str, int]:
    """Return the position of each input's column in the header."""
    inputs = signature.input_names
    if unknown := [name for name in columns if name not in inputs]:
        raise ValueError(
            f"The model has no input {', '.join(unknown)}; it reads {', '.join(inputs)}. Correct the name."
        )
    column_of_input = {name: columns.get(name, name) for name in inputs}
    for name, column in column_of_input.items():
        if column not in header:
            option = "--text COLUMN" if name == "text" else f"--input {name}=COLUMN"
            columns_found = ", ".join(header) or "none"
            raise ValueError(
                f"{path} has no column '{column}'; it has {columns_found}. Name the right one with {option}."
            )
    return {name: header.index(column) for name, column in column_of_input.items()}
