"""The values of an input in a table: a cell of pictures names a file."""

from pathlib import Path

import pandas as pd

from textlab.inputs import ReceivedError, kind_of

NAMED = 5  # cells that an error names


def column_values(column: pd.Series, name: str, path: Path) -> list[str]:
    """Return the values of the input `name` that the cells of a column state; "" for an empty cell.

    Args:
        column: the cells, indexed by line.
        name: the input.
        path: the table, beside which files lie.

    Raises:
        ValueError: cells refer to content that is missing or broken. The message names the lines of the first ones.
    """
    kind, values, problems = kind_of(name), [], []
    for line, cell in column.items():
        try:
            values.append("" if pd.isna(cell) else kind.from_cell(str(cell), path.parent))
        except ReceivedError as error:
            problems.append(f"line {line}, {name} {str(cell)[:80]!r}: {error}")
    if problems:
        more = f" And {len(problems) - NAMED:,} more." if len(problems) > NAMED else ""
        raise ValueError(f"{path.name}, {' And '.join(problems[:NAMED])}{more}")
    return values
