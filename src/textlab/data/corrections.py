"""Corrections: a CSV file in which a person has written the right labels of examples.

A report and `00_explore` write such a file, see `evaluation.label_issues`. Its columns:

    id                the example
    given_label       its label in the dataset
    suggested_label   the label that is likelier
    probability       the probability of `suggested_label`
    corrected_label   empty; a person writes the right label here, or the given one to confirm it

Further columns, such as the text, are for the reader. A row with an empty `corrected_label` changes nothing. The
dataset's own files stay as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from textlab.data.preparation import CORRECTED_COLUMNS, FORMULA_STARTS
from textlab.data.reading import tables
from textlab.data.reading.places import located
from textlab.paths import replacing
from textlab.spelling import nearest

COLUMNS = ("id", "given_label", "suggested_label", "probability", "corrected_label")
READ = ("id", "given_label", "corrected_label")
CORRECTIONS = "corrections.csv"  # the name of the file that a report writes


def read_corrections(path: Path) -> pd.DataFrame:
    """Read the rows of a file of corrections that state a corrected label.

    Returns:
        The columns `id`, `given_label` and `corrected_label`, strings, indexed by line. The frame may be empty.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file cannot be read as a table, lacks a column, or names an id twice.
    """
    table = tables.read(path)
    if missing := [column for column in READ if column not in table]:
        raise ValueError(
            f"{path} has no column {' and no column '.join(missing)}; it has {', '.join(map(str, table))}. A file of "
            f"corrections has the columns {', '.join(READ)}."
        )
    rows = table[list(READ)].fillna("").astype(str).apply(lambda column: column.str.strip())
    rows = rows[rows["corrected_label"] != ""]
    if (again := rows["id"].duplicated()).any():
        raise ValueError(
            f"{located(path, rows.index[again])}: the id '{rows['id'][again].iloc[0]}' occurs twice. Keep one of the "
            "rows."
        )
    return rows


def corrected_splits(
    frames: Mapping[str, pd.DataFrame], label_names: Sequence[str], path: Path
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Apply a file of corrections to the splits of a dataset.

    Args:
        frames: for each split a frame with `id` and `label`, an index into `label_names`. They stay as they are.
        label_names: the classes.
        path: the file.

    Returns:
        The frames with the right labels, and the labels that changed, with the columns of `CORRECTED_COLUMNS`.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: a row is wrong, an id or a class does not exist, or a label has changed since the file was written.
    """
    names = dict(enumerate(label_names))
    examples = pd.concat([frame[["id", "label"]].assign(split=split) for split, frame in frames.items()])
    examples = examples.set_index("id").assign(label=lambda rows: rows["label"].map(names))
    changed = _checked(read_corrections(path), examples["label"], label_names, path)
    number = {name: place for place, name in names.items()}
    right = dict(zip(changed["id"], changed["corrected_label"].map(number), strict=True))
    corrected = {
        split: frame.assign(label=frame["id"].map(right).fillna(frame["label"]).astype(frame["label"].dtype))
        for split, frame in frames.items()
    }
    changed = changed.assign(split=changed["id"].map(examples["split"])).reset_index(drop=True)
    return corrected, changed[list(CORRECTED_COLUMNS)]


def _checked(rows: pd.DataFrame, labels: "pd.Series[str]", label_names: Sequence[str], path: Path) -> pd.DataFrame:
    """Check that corrections fit the labels by id; return those that change a label, spelled as in the dataset."""
    names = _spellings(label_names)
    found = rows.assign(
        id=rows["id"].map(_spellings(labels.index)),
        given_label=rows["given_label"].map(names).fillna(rows["given_label"]),
        corrected_label=rows["corrected_label"].map(names),
    )
    if (unknown := found["id"].isna()).any():
        raise ValueError(
            f"{located(path, rows.index[unknown])}: the dataset has no example with the id "
            f"'{rows['id'][unknown].iloc[0]}'. Correct the id, or remove the row."
        )
    if (unknown := found["corrected_label"].isna()).any():
        name = rows["corrected_label"][unknown].iloc[0]
        raise ValueError(
            f"{located(path, rows.index[unknown])}: '{name}' is not a class of the dataset.{nearest(name, label_names)}"
        )
    now = found["id"].map(labels)
    if (stale := found["given_label"] != now).any():
        first, present = found[stale].iloc[0], now[stale].iloc[0]
        raise ValueError(
            f"{located(path, rows.index[stale])}: the label of '{first['id']}' is '{present}', and the row was written "
            f"when it was '{first['given_label']}'. Look at the example again, and write its present label into "
            "given_label."
        )
    return found[found["corrected_label"] != now]


def _spellings(names: Iterable[str]) -> dict[str, str]:
    """Return each name by itself and by the way in which a file of corrections writes it."""
    names = list(names)
    return {_written(name): name for name in names} | {name: name for name in names}


def write_corrections(issues: pd.DataFrame, path: Path) -> None:
    """Write label issues as a file of corrections, for a person to fill in; it appears only when it is complete.

    Cells that a spreadsheet would take for a formula get an apostrophe in front.

    Args:
        issues: rows with the columns of `COLUMNS` except `corrected_label`; further columns follow.
        path: the file.
    """
    further = [column for column in issues if column not in COLUMNS]
    table = issues.assign(corrected_label="")[[*COLUMNS, *further]]
    words = [str(column) for column in table if not pd.api.types.is_numeric_dtype(table[column])]
    table = table.assign(**{column: table[column].astype(str).map(_written) for column in words})
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        table.to_csv(partial, index=False, float_format="%.3f")


def copy_corrections(source: Path, target: Path) -> bool:
    """Copy a file of corrections to where a person fills it in, unless one with corrected labels is there.

    Returns:
        Whether the file was copied.
    """
    if target.exists():
        try:
            is_begun = not read_corrections(target).empty
        except ValueError:  # a person has changed it so that it cannot be read, and will want to mend it
            is_begun = True
        if is_begun:
            return False
    with replacing(target) as partial:
        partial.write_bytes(source.read_bytes())
    return True


def _written(cell: str) -> str:
    """Return a cell as it is in the file: without surrounding blanks, and with an apostrophe before a formula."""
    return (f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell).strip()
