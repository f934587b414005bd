"""Score texts and files with a bundle. Files are read, scored and written in pieces, so they may be of any size.

A process that is killed leaves an unfinished output, see `growing_file`, and the next one continues it.
"""

import contextlib
import csv
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.bundle_format.classification_task import decision_cells, decision_columns
from textlab.bundle_format.decisions import read_decisions
from textlab.bundle_format.labels import read_labels
from textlab.bundle_format.manifest import MANIFEST
from textlab.bundle_format.multilabel_task import JOINT, LABELS, labels_of
from textlab.bundle_format.signature import MULTILABEL, TRUNCATED, read_signature
from textlab.data.examples import Examples
from textlab.data.reading import tables
from textlab.data.reading.files import checksum
from textlab.evaluation.classification.predictions import PREFIX
from textlab.export.bundle import Bundle
from textlab.promotion.growing_file import GrowingFile, growing
from textlab.promotion.rows_read import Row
from textlab.promotion.scored_table import PLAIN, Layout, ScoredTable, scored_table
from textlab.promotion.scoring_progress import Progress, progress_over

ROWS_AT_ONCE = 1024
PROBLEMS_NAMED = 5


@dataclass(frozen=True)
class ScoredFile:
    """The outcome of scoring a file.

    Attributes:
        rows: the number of rows, the blank ones among them.
        blank: the number of rows without a visible character in any input; they have no prediction.
        seconds: the time for reading, scoring and writing, without loading the model.
        unreadable: the number of rows with a value that could not be read, such as a missing picture.
        problems: why, for the first of these rows, with their lines.
        continued: the number of rows that an earlier process had scored.
    """

    rows: int
    blank: int
    seconds: float
    unreadable: int = 0
    problems: tuple[str, ...] = ()
    continued: int = 0


@dataclass
class _Counts:
    rows: int = 0
    blank: int = 0
    unreadable: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, piece: Sequence[Row]) -> None:
        problems = [row.problem for row in piece if row.problem]
        self.rows += len(piece)
        self.unreadable += len(problems)
        self.blank += sum(not row.is_asked and not row.problem for row in piece)
        self.problems = [*self.problems, *problems][:PROBLEMS_NAMED]


class ChangedError(ValueError):
    """A file has changed while it was being scored."""


def score_examples(bundle: Bundle, examples: Examples) -> pd.DataFrame:
    """Predict the class or the labels, and the probabilities, of n examples.

    Args:
        bundle: a loaded bundle.
        examples: a frame with the model's input columns, n rows; or n texts, if text is the only input.

    Returns:
        One row per example, in order: predicted, then p_<class> for each class of the bundle; then truncated, whether
        the end of a text was not read, if the model can tell; then decision and prediction_set, if the bundle has them.
        For several labels per text, the first column is labels, joined by "|", and there is a p_<label> for each label.
    """
    answers, truncated = bundle.served.in_batches(bundle.columns(examples))
    table = pd.DataFrame(answers, columns=[f"{PREFIX}{name}" for name in bundle.label_names])
    if bundle.signature.task == MULTILABEL:
        thresholds = bundle.thresholds
        table.insert(0, LABELS, [JOINT.join(labels_of(row, thresholds)) for row in answers.tolist()])
    else:
        table.insert(0, "predicted", [bundle.label_names[best] for best in answers.argmax(axis=1)])
    if bundle.signature.tells_truncated:
        table[TRUNCATED] = ["true" if each else "false" for each in truncated]
    rules = bundle.decisions
    if rules is not None:
        cells = pd.DataFrame(decision_cells(rules, answers), columns=decision_columns(rules), index=table.index)
        table = pd.concat([table, cells], axis=1)
    return table


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
    signature, labels = read_signature(folder), read_labels(folder)
    decided = decision_columns(None if signature.task == MULTILABEL else read_decisions(folder, labels))
    scored_table(signature, labels, header, path, layout, decided)


def score_file(
    bundle: Bundle, path: Path, output: Path, layout: Layout = PLAIN, show_progress: bool = False
) -> ScoredFile:
    """Copy the rows of a .csv or .tsv file, and add the predicted class or labels, the probabilities and the decision.

    The file's own cells are copied unchanged. A row whose inputs are all blank gets empty cells, because the service
    refuses blank texts, too. `output` appears only when it is complete. After an interruption, the next call with the
    same file, model and layout continues; the output is the same as without the interruption.

    Args:
        bundle: a loaded bundle.
        path: the file. Cells of pictures are paths relative to its folder.
        output: a .csv or .tsv file; an older one is replaced.
        layout: how the file is read, and columns to add.
        show_progress: whether to show a progress bar on standard error.

    Raises:
        FileNotFoundError: the file, or the folder of the output, does not exist.
        ValueError: the file cannot be read strictly (the message names the line), it lacks the column of an input, it
            already has a column with the name of one that is added, or another process is writing the output.
        KeepError: the layout refuses unreadable values, and there is one.
        ChangedError: the file has changed in the meantime, so that it may still be incomplete.
    """
    started = time.perf_counter()
    _check_output(path, output)
    with contextlib.suppress(FileNotFoundError):  # reading the rows explains it
        before = state(path)
    shown = progress_over(path) if show_progress else contextlib.nullcontext(Progress())
    with (
        shown as progress,
        contextlib.closing(tables.rows(path, layout.encoding, progress.open, layout.separator)) as rows,
    ):
        _, header = next(rows, (1, []))
        decided = decision_columns(bundle.decisions)
        table = scored_table(bundle.signature, bundle.label_names, header, path, layout, decided)
        with growing(output, _made_from(bundle.folder, path, layout)) as file:
            counts = _Counts(**file.kept)
            continued = counts.rows
            _score_rows(bundle, table, rows, file, output, counts, progress)
            if state(path) != before:
                raise ChangedError(f"{path} has changed while it was being scored. Run the command again.")
    seconds = time.perf_counter() - started
    return ScoredFile(counts.rows, counts.blank, seconds, counts.unreadable, tuple(counts.problems), continued)


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


def _made_from(bundle: Path, path: Path, layout: Layout) -> dict[str, Any]:
    """Return what decides the content of an output."""
    content, folder = {"sha256": checksum(path), "manifest": checksum(bundle / MANIFEST)}, str(path.resolve().parent)
    return content | {"folder": folder, "ending": path.suffix.lower(), "layout": asdict(layout)}


def _score_rows(
    bundle: Bundle,
    table: ScoredTable,
    rows: Iterator[tuple[int, list[str]]],
    file: GrowingFile,
    output: Path,
    counts: _Counts,
    progress: Progress,
) -> None:
    """Write the header and all rows that are not written yet."""
    writer = csv.writer(file.text, delimiter=tables.DELIMITERS[output.suffix.lower()], lineterminator="\n")
    if not counts.rows:
        writer.writerow(table.header)
    for _ in itertools.islice(rows, counts.rows):
        pass
    for piece in table.reader.pieces(rows, ROWS_AT_ONCE):
        asked = [number for number, row in enumerate(piece) if row.is_asked]
        examples = pd.DataFrame([piece[number].values for number in asked], columns=table.names, dtype=object)
        scored = dict(zip(asked, score_examples(bundle, examples).itertuples(index=False), strict=True))
        predicted = (scored.get(number, table.empty) for number in range(len(piece)))
        writer.writerows([*row.cells, *cells, *table.constants] for row, cells in zip(piece, predicted, strict=True))
        counts.add(piece)
        file.save(asdict(counts))
        progress.advance(len(piece))
