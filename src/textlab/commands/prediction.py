"""Classify texts, the rows of a file, or the new files of a folder, with a promoted model."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from textlab.bundle_format.signature import CLASSIFICATION, MULTILABEL
from textlab.commands.console import Verbose, errors_without_traceback
from textlab.commands.printed_scores import print_scores
from textlab.log import import_tensorflow, in_working_folder
from textlab.paths import MODELS, shown
from textlab.wording import listed, shortlist

if TYPE_CHECKING:
    import pandas as pd

    from textlab.export.bundle import Bundle
    from textlab.promotion.folder_scoring import ScoredFolder
    from textlab.promotion.scored_table import Layout
    from textlab.promotion.scoring import ScoredFile

Unreadable = Literal["skip", "blank", "refuse"]  # `promotion.rows_read` explains them


@in_working_folder
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
        typer.Option(
            "--input",
            metavar="INPUT=COLUMN",
            help="The file's column for another input of the model. With texts: its value; of a picture, the file.",
        ),
    ] = None,
    unreadable: Annotated[
        Unreadable,
        typer.Option(
            help="What happens to a row with a picture that cannot be read: it gets no prediction (skip), is scored "
            "without the picture (blank), or stops the command (refuse)."
        ),
    ] = "skip",
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
    probability for each class (p_CLASS). If decisions were stated, it also holds
    the decision (decision), which may be abstain, and the plausible classes
    (prediction_set). A model for several labels per text adds its labels (labels),
    separated by "|", in place of the class. Where all inputs are blank, these cells
    are empty: the service refuses blank texts, too. Cells of pictures are paths
    relative to the file's folder. After an interruption, the same command
    continues where the last one stopped.

    Of a folder, each .csv and .tsv file is scored that this version of the model
    has not scored yet. It appears under its own name in the folder --output, with
    two more columns: model_name and model_version. The file scored.jsonl there
    says what was done. A file that may still be written is left for the next
    call. A broken file does not stop the others; the command names it and exits
    with code 2.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.promotion.catalog import promoted_classifier
        from textlab.promotion.scored_table import Layout

        tables = sum((file is not None, folder is not None))
        if tables + bool(texts) > 1 or not (tables or texts or inputs):
            raise ValueError("None or several of texts, --file and --folder were given. Give one of them.")
        given = (output, text, separator, encoding, unreadable)
        if not tables and given != (None, None, "", "utf-8", "skip"):
            raise ValueError(
                "--output, --text, --encoding, --separator and --unreadable need a --file or a --folder. Name one, or "
                "leave them out."
            )
        if as_json and folder is None:
            raise ValueError("--json needs a --folder. Name one, or leave it out.")
        layout = Layout(_columns(text, inputs or []), encoding, separator, unreadable=unreadable)
        model = promoted_classifier(MODELS, name, number, (CLASSIFICATION, MULTILABEL))
        if file is not None:
            _score_file(console, model, file, output or file.with_name(f"{file.stem}_scored.csv"), layout)
        elif folder is not None:
            _score_folder(console, model, folder, output, layout, settled, as_json)
        else:
            _check_texts(texts or [])
            examples = _examples(model, texts, layout.columns)
            print_scores(_loaded(model), texts or list(layout.columns.values()), examples)


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


def _examples(model: Path, texts: list[str] | None, others: Mapping[str, str]) -> "pd.DataFrame":
    """Return an example for each text, with the same values of the other inputs; or one without a text.

    An input that is not given is missing in the examples, as in the service.

    Raises:
        ValueError: an input is unknown, or a value refers to nothing that can be read.
    """
    import pandas as pd

    from textlab.bundle_format.signature import read_signature

    inputs, given = read_signature(model).input_names, {*others, *(["text"] if texts else [])}
    if texts and "text" in others:
        raise ValueError(f"--input text={others['text']} was given beside texts. Leave one of them out.")
    if unknown := sorted(given - set(inputs)):
        raise ValueError(f"The model has no input {listed(unknown)}. It reads {listed(inputs)}.")
    values = dict.fromkeys(inputs, "") | {name: _value(name, option) for name, option in others.items()}
    return pd.DataFrame(values | ({"text": texts} if texts else {}), index=range(len(texts or [""])), dtype=object)


def _value(name: str, option: str) -> str:
    from textlab.inputs import ReceivedError, kind_of

    try:
        return kind_of(name).from_option(option)
    except ReceivedError as error:
        raise ValueError(f"--input {name}={option} cannot be read. {error}") from None


def _score_file(console: Console, model: Path, file: Path, output: Path, layout: "Layout") -> None:
    from textlab.promotion.scoring import check_file, score_file

    check_file(model, file, output, layout)
    scored = score_file(_loaded(model), file, output, layout, show_progress=True)
    rate = (scored.rows - scored.continued) / scored.seconds
    speed = f"{scored.seconds:.1f} s ({rate:,.0f} rows a second)"
    console.print(f"{output}: {scored.rows:,} rows, scored by {shown(model)} in {speed}.", soft_wrap=True)
    if scored.continued:
        console.print(f"{scored.continued:,} of the rows had been scored before an interruption.", soft_wrap=True)
    if scored.blank:
        console.print(f"{scored.blank:,} of the rows are blank and have no prediction.", soft_wrap=True)
    _print_problems(console, scored, layout)


def _print_problems(console: Console, scored: "ScoredFile", layout: "Layout") -> None:
    """Say which rows were scored in part or not at all, because something could not be read."""
    if not scored.unreadable:
        return
    done = {"skip": "have no prediction", "blank": "were scored without it"}[layout.unreadable]
    console.print(f"{scored.unreadable:,} of the rows have a value that cannot be read, and {done}:", soft_wrap=True)
    for problem in scored.problems:
        console.print(f"- {escape(problem)}", soft_wrap=True)
    if (more := scored.unreadable - len(scored.problems)) > 0:
        console.print(f"and {more:,} more", soft_wrap=True)


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
    for file, each in done.scored.items():
        if each.unreadable:
            console.print(escape(f"{file}:"), end=" ")
        _print_problems(console, each, layout)
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
        "unreadable": sum(each.unreadable for each in done.scored.values()),
        "known": len(done.known),
        "unfinished": done.unfinished,
        "broken": list(done.broken),
    }
