"""Classify texts, or the rows of a file, with a promoted model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textlab.commands.console import Verbose, errors_without_traceback
from textlab.log import import_tensorflow
from textlab.paths import MODELS, shown

if TYPE_CHECKING:
    from textlab.export.bundle import Bundle


def predict(
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to classify.", show_default=False)] = None,
    file: Annotated[Path | None, typer.Option(help="A .csv or .tsv file to classify, of any size.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file for the scored rows. By default: FILE_scored.csv.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="The file's column of texts. By default: text.")] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="INPUT=COLUMN", help="The file's column for another input of the model."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The model's name. By default: the only promoted model.")] = None,
    number: Annotated[int | None, typer.Option(help="The model's number. By default: the champion's.")] = None,
    verbose: Verbose = False,
) -> None:
    """Classify texts, or the rows of a file, with a promoted model.

    A file is read, scored and written in pieces. The output appears when all rows
    are scored. It holds the file's columns, the predicted class and a probability
    for each class. Where the text is blank, these cells are empty: the service
    refuses blank texts, too.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.export.bundle import Bundle
        from textlab.promotion.catalog import promoted_folder
        from textlab.promotion.scoring import check_file, score_file

        if bool(texts) == (file is not None):
            raise ValueError("Both or neither of texts and --file were given. Give one of them.")
        if file is None and (output, text, inputs) != (None, None, None):
            raise ValueError("--output, --text and --input need a --file. Name one, or leave them out.")
        columns = _columns(text, inputs or [])
        folder = promoted_folder(MODELS, name, number)
        if file is None:
            _check_texts(texts or [])
            import_tensorflow()
            _print_scores(Bundle(folder), texts or [])
            return
        output = output or file.with_name(f"{file.stem}_scored.csv")
        check_file(folder, file, output, columns)
        import_tensorflow()
        scored = score_file(Bundle(folder), file, output, columns, show_progress=True)
        speed = f"{scored.seconds:.1f} s ({scored.rows / scored.seconds:,.0f} rows a second)"
        console.print(f"{output}: {scored.rows:,} rows, scored by {shown(folder)} in {speed}.", soft_wrap=True)
        if scored.blank:
            console.print(f"{scored.blank:,} of the rows have a blank text and no prediction.", soft_wrap=True)


def _check_texts(texts: list[str]) -> None:
    """Raise ValueError for a blank text, as the service does."""
    blank = [str(number) for number, text in enumerate(texts, start=1) if not text.strip()]
    if blank:
        raise ValueError(f"Text {', '.join(blank)} is empty or blank. Give texts with at least one visible character.")


def _columns(text: str | None, inputs: list[str]) -> dict[str, str]:
    """Return the file's column for each input that the options name."""
    columns = {} if text is None else {"text": text}
    for option in inputs:
        name, separator, column = option.partition("=")
        if not separator or name in columns:
            raise ValueError(f"--input {option} is not valid. Write --input INPUT=COLUMN, once for each input.")
        columns[name] = column
    return columns


def _print_scores(bundle: "Bundle", texts: list[str]) -> None:
    """Print a line per text: its class, the probability of that class, and the text."""
    from textlab.promotion.scoring import score_examples

    width = max(map(len, bundle.label_names))
    scored = score_examples(bundle, texts)
    confidences = scored.drop(columns="predicted").max(axis=1)
    for text, label, probability in zip(texts, scored["predicted"], confidences, strict=True):
        printable = text.encode("utf-8", errors="replace").decode()
        typer.echo(f"{label:{width}}  {probability:.3f}  {printable}")
