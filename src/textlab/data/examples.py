"""The examples that a model or a bundle answers: a frame with its input columns, or a list of texts."""

from collections.abc import Sequence

import pandas as pd

Examples = pd.DataFrame | Sequence[str]
TEXT_ONLY = ("text",)


def examples_frame(examples: Examples, inputs: Sequence[str], reader: str) -> pd.DataFrame:
    """Return the examples as a frame that holds the input columns and nothing else.

    Args:
        examples: a frame with the input columns, n rows; or n texts, if text is the only input.
        inputs: the columns that the reader needs.
        reader: the model's name, for error messages.

    Raises:
        ValueError: a column is missing, a single string was passed, or a list was passed to a reader that needs more
            than text.
    """
    if isinstance(examples, pd.DataFrame):
        check_columns(examples, inputs, "examples", reader)
        return examples[list(inputs)]
    if isinstance(examples, str):
        raise ValueError(
            f"{reader} takes a list of texts, but a single string came. Write [{examples[:20]!r}] instead."
        )
    if tuple(inputs) != TEXT_ONLY:
        raise ValueError(f"{reader} reads {', '.join(inputs)}, but a list came. Pass a frame with these columns.")
    return pd.DataFrame({"text": pd.Series(list(examples), dtype=object)})


def examples_columns(examples: Examples, inputs: Sequence[str], reader: str) -> dict[str, list[str]]:
    """Return the values of each input column; arguments and errors as in `examples_frame`."""
    if tuple(inputs) == TEXT_ONLY and not isinstance(examples, pd.DataFrame | str):
        return {"text": list(examples)}  # a frame for a single text would cost more than some models' answer
    return columns_of(examples_frame(examples, inputs, reader))


def columns_of(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return the values of each column, by name."""
    return {str(name): frame[name].tolist() for name in frame}


def check_columns(frame: pd.DataFrame, columns: Sequence[str], title: str, reader: str) -> None:
    """Raise ValueError if `frame`, which `title` describes, lacks one of the columns that `reader` needs."""
    missing = [column for column in columns if column not in frame]
    if missing:
        raise ValueError(
            f"The {title} frame lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it has "
            f"{', '.join(map(str, frame.columns))}. {reader} needs {', '.join(columns)}."
        )
