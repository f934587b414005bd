"""The table that scoring writes: the columns of the file that is read, and those that are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from textlab.bundle_format.multilabel_task import LABELS
from textlab.bundle_format.signature import MULTILABEL, TRUNCATED, Signature
from textlab.evaluation.classification.predictions import PREFIX
from textlab.promotion.rows_read import RowReader, Unreadable


@dataclass(frozen=True)
class Layout:
    """The layout of a file, and columns to add to each scored row.

    Attributes:
        columns: the file's column for each input whose column has another name than the input.
        encoding: the file's encoding. The output is always UTF-8.
        separator: the file's separator, or its name; "" recognises it.
        constants: columns that hold the same value in each row of the output, such as the model's version.
        unreadable: what happens to rows with a value that cannot be read, see `RowReader`.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    separator: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    unreadable: Unreadable = "skip"


PLAIN = Layout()


@dataclass(frozen=True)
class ScoredTable:
    """The table to write.

    Attributes:
        header: the names of its columns.
        reader: reads the rows of the file.
        names: the inputs, in the order of the values of a row that was read.
        empty: the cells of a row without a prediction.
        constants: the last cells of every row.
    """

    header: list[str]
    reader: RowReader
    names: list[str]
    empty: list[str]
    constants: list[str]


def scored_table(
    signature: Signature,
    label_names: Sequence[str],
    header: list[str],
    path: Path,
    layout: Layout,
    decided: Sequence[str] = (),
) -> ScoredTable:
    """Check the header of a file against a model.

    Args:
        signature, label_names: of the model.
        header: of the file.
        path, layout: the file, and how it is read.
        decided: the columns of the model's decisions.

    Raises:
        ValueError: the model has no such input, the file lacks the column of an input, or it has a column that scoring
            adds.
    """
    places = _places(signature, header, path, layout.columns)
    added = _added_columns(signature, [f"{PREFIX}{name}" for name in label_names], decided, header, path, layout)
    constants = list(layout.constants.values())
    empty = [""] * (len(added) - len(constants))
    return ScoredTable([*header, *added], RowReader(path, places, layout.unreadable), list(places), empty, constants)


def _added_columns(
    signature: Signature,
    probabilities: Sequence[str],
    decided: Sequence[str],
    header: list[str],
    path: Path,
    layout: Layout,
) -> list[str]:
    """Return the names of the columns that scoring adds."""
    told = [TRUNCATED] if signature.tells_truncated else []
    first = LABELS if signature.task == MULTILABEL else "predicted"
    added = [first, *probabilities, *told, *decided, *layout.constants]
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
