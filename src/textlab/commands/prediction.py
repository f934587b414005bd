"""Classify texts, the rows of a file, or the new files of a folder, with a promoted model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from textlab.commands.console import Verbose, errors_without_traceback
from textlab.log import import_tensorflow
from textlab.paths import MODELS, shown
from textlab.wording import shortlist

if TYPE_CHECKING:
    from textlab.export.bundle import Bundle
    from textlab.promotion.folder_scoring import ScoredFolder
    from textlab.promotion.scoring import Layout


def predict(
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to classify.", show_default=False)] = None,
    file: Annotated[Path | None, typer.Option(help="A .csv or .tsv file to classify, of any size.")] = None,
    folder: Annotated[Path | None, typer.Option(help="A folder whose new .csv and .tsv files to classify.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The file for the scored rows, by default FILE_scored.csv; or the folder for scored files."),
    ] = None,
    text: Annotated[str | None, typer.Option(help="The file's column of texts. By default: text.")] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="INPUT=COLUMN", help="The file's column for another input of the model."),
    ] = None,
    encoding: Annotated[str, typer.Option(help="The file's encoding. The scored file is UTF-8.")] = "utf-8",
    separator: Annotated[
        str, typer.Option(help="The file's separator, such as semicolon. By default, it is recognised.")
    ] = "",
    settled: Annotated[
        float, typer.Option(min=0, help="Leave files of the folder that have changed within so many seconds.")
    ] = 30.0,
    name: Annotated[str | None, typer.Option(help="The model's name. By default: the only promoted model.")] = None,
    number: Annotated[int | None, typer.Option(help="The model's number. By default: the champion's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with a line of JSON about the folder.")] = False,
    verbose: Verbose = False,
) -> None:
    """Classify texts, the rows of a file, or the new files of a folder.

    A file is read, scored and written in pieces. The output appears when all rows
    are scored. It holds the file's columns, the predicted class (predicted) and a
    probability for each class (p_CLASS). Where the text is blank, these cells are
    empty: the service refuses blank texts, too.

    Of a folder, each .csv and .tsv file is scored that this version of the model
    has not scored yet. It appears under its own name in the folder --output, with
    two more columns: model_name and model_version. The file scored.jsonl there
    says what was done. A file that may still be written is left for the next
    call. A broken file does not stop the others; the command names it and exits
    with code 2.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.promotion.catalog import promoted_classifier
        from textlab.promotion.scoring import Layout

        if sum((bool(texts), file is not None, folder is not None)) != 1:
            raise ValueError("None or several of texts, --file and --folder were given. Give one of them.")
        if texts and ((output, text, inputs, separator) != (None, None, None, "") or encoding != "utf-8"):
            raise ValueError(
                "--output, --text, --input, --encoding and --separator need a --file or a --folder. Name one, or leave "
                "them out."
            )
        if as_json and folder is None:
            raise ValueError("--json needs a --folder. Name one, or leave it out.")
        layout = Layout(_columns(text, inputs or []), encoding, separator)
        model = promoted_classifier(MODELS, name, number)
        if file is not None:
            _score_file(console, model, file, output or file.with_name(f"{file.stem}_scored.csv"), layout)
        elif folder is not None:
            _score_folder(console, model, folder, output, layout, settled, as_json)
        else:
            _check_texts(texts or [])
            _print_scores(_loaded(model), texts or [])


def _loaded(model: Path) -> "Bundle":
    from textlab.export.bundle import Bundle

    import_tensorflow()
    return Bundle(model)


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


def _score_file(console: Console, model: Path, file: Path, output: Path, layout: "Layout") -> None:
    from textlab.promotion.scoring import check_file, score_file

    check_file(model, file, output, layout)
    scored = score_file(_loaded(model), file, output, layout, show_progress=True)
    speed = f"{scored.seconds:.1f} s ({scored.rows / scored.seconds:,.0f} rows a second)"
    console.print(f"{output}: {scored.rows:,} rows, scored by {shown(model)} in {speed}.", soft_wrap=True)
    if scored.blank:
        console.print(f"{scored.blank:,} of the rows have a blank text and no prediction.", soft_wrap=True)


def _score_folder(
    console: Console, model: Path, folder: Path, output: Path | None, layout: "Layout", settled: float, as_json: bool
) -> None:
    from textlab.promotion.folder_scoring import score_folder

    if output is None:
        raise ValueError("--folder was given without --output. Name the folder for the scored files.")
    done = score_folder(model, folder, output, layout, settled, _loaded, show_progress=True)
    rows = sum(each.rows for each in done.scored.values())
    console.print(f"{output}: {len(done.scored):,} new files, {rows:,} rows, scored by {shown(model)}.", soft_wrap=True)
    console.print(f"{len(done.known):,} files were scored before.", soft_wrap=True)
    if done.unfinished:
        left = f"Left for the next call, because they have just changed: {shortlist(done.unfinished)}."
        console.print(escape(left), soft_wrap=True)
    if as_json:
        typer.echo(json.dumps(_summary(model, done)))
    if done.broken:
        for reason in done.broken.values():
            Console(stderr=True, highlight=False).print(f"[red]{escape(reason)}[/red]", soft_wrap=True)
        files = len(done.scored) + len(done.known) + len(done.unfinished) + len(done.broken)
        raise ValueError(
            f"{len(done.broken)} of {files} files could not be scored: {shortlist(list(done.broken))}. Correct or "
            "remove them; the others are done."
        )


def _summary(model: Path, done: "ScoredFolder") -> dict[str, object]:
    return {
        "model_name": model.parent.name,
        "model_version": model.name,
        "scored": len(done.scored),
        "rows": sum(each.rows for each in done.scored.values()),
        "blank": sum(each.blank for each in done.scored.values()),
        "known": len(done.known),
        "unfinished": done.unfinished,
        "broken": list(done.broken),
    }
