"""`python -m textlab`: promote the model of a finished run, classify texts with it, and reproduce a run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from textlab.log import configure_logging, import_tensorflow
from textlab.paths import EXPERIMENTS, MODELS, shown

if TYPE_CHECKING:
    from textlab.concerns import Concern
    from textlab.export.bundle import Bundle

EPILOG = """Examples:

python -m textlab promote --champion --grid experiments/tweet_eval.yaml --name sentiment

python -m textlab promote 6bf28c2f7b7a4c14aaac456a317a7979 --name sentiment

python -m textlab rollback --name sentiment

python -m textlab predict "not bad at all" "worst flight ever"

python -m textlab predict --file tweets.csv --text tweet --output scored.csv

python -m textlab reproduce 6bf28c2f7b7a4c14aaac456a317a7979
"""

app = typer.Typer(
    help="Promote a run's model, classify texts with it, and check that a run can be reproduced. RUN is the id of an "
    "MLflow run. Find it in reports/<grid>/leaderboard.csv or on MLflow's page (make ui).",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Run = Annotated[str, typer.Argument(metavar="RUN", help="The id of a finished MLflow run.")]
Name = Annotated[str, typer.Option(help="The model's name, for the folder models/NAME and for MLflow's registry.")]
Swap = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Also switch the running service at this address. TEXTLAB_SERVICE_KEY holds a key with the role admin.",
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log more, and show tracebacks.")]


@app.command()
def promote(
    name: Name,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="The id of a finished MLflow run.")] = None,
    champion: Annotated[
        bool, typer.Option("--champion", help="Promote the champion of the grid instead of RUN.")
    ] = False,
    grid: Annotated[
        Path,
        typer.Option(help="The grid file of that champion.", show_default="experiments/demo.yaml"),
    ] = EXPERIMENTS / "demo.yaml",
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway", help="Promote the champion although the report recommends no model. The card records it."
        ),
    ] = False,
    swap: Swap = None,
    verbose: Verbose = False,
) -> None:
    """Make a run's model the champion of NAME.

    --champion chooses the model with the best primary metric on validation.
    If a faster model ties with it statistically, the faster one wins. If the
    report recommends no model, nothing is promoted without --anyway.

    First, the bundle is checked: the sha256 of every file, the operations of its
    graph, its probabilities against those of the run, and its answers to odd
    texts. Then the bundle is copied to models/NAME under the next number, and
    registered in MLflow with the alias champion. The champion before it gets the
    alias previous. If a check fails, nothing changes.
    """
    with _errors_without_traceback(verbose) as console:
        from textlab.promotion.catalog import check_name
        from textlab.promotion.champion import promote as promote_run

        check_name(name)
        if champion == (run is not None):
            raise ValueError("Both or neither of RUN and --champion were given. Give one of them.")
        if anyway and not champion:
            raise ValueError("--anyway was given without --champion. Leave it out: a RUN that you name is your choice.")
        _check_swap(swap, name)
        chosen = _champion(console, grid, anyway) if champion else _Choice(run or "")
        with console.status("Promoting"):
            import_tensorflow()
            promoted = promote_run(chosen.run, name, MODELS, chosen.refusal, chosen.concerns)
        undo = f"; python -m textlab rollback --name {name} goes back to number {promoted.previous}"
        console.print(f"{shown(promoted.folder)} is the champion{undo if promoted.previous else ''}.", soft_wrap=True)
        _swap_or_say_how(console, swap, promoted.folder)


@dataclass(frozen=True)
class _Choice:
    """The run to promote, and what its report says against it."""

    run: str
    refusal: str = ""
    concerns: "Sequence[Concern]" = ()


def _champion(console: Console, path: Path, anyway: bool) -> _Choice:
    """Choose the run of a grid to promote, and print the reason.

    Raises:
        ValueError: the report recommends no model, and `anyway` is not set.
    """
    from textlab import record
    from textlab.report import gather
    from textlab.runner.planning.grid_file import read_grid
    from textlab.runner.planning.plan import plan

    grid = read_grid(path)
    cells = [cell.key for cell in plan(grid).cells]
    runs = record.runs(grid.name, cells) if record.store_exists() else []
    findings = gather(runs, grid.primary_metric)
    if findings.refusal and not anyway:
        raise ValueError(
            f"Nothing is promoted: {findings.refusal} Give --anyway to promote {findings.champion.name} all the same; "
            "its card will say so."
        )
    for sentence in filter(None, (findings.refusal, findings.champion.reason)):
        console.print(escape(sentence), soft_wrap=True)
    return _Choice(findings.champion_entry.run.id, findings.refusal, findings.concerns)


@app.command()
def rollback(name: Name, swap: Swap = None, verbose: Verbose = False) -> None:
    """Restore the previous champion of NAME.

    The model that it replaces stays in its folder. A second rollback restores
    the champion before that.
    """
    with _errors_without_traceback(verbose) as console:
        from textlab.promotion.champion import roll_back

        _check_swap(swap, name)
        promoted = roll_back(name, MODELS)
        console.print(f"{shown(promoted.folder)} is the champion again.", soft_wrap=True)
        _swap_or_say_how(console, swap, promoted.folder)


def _check_swap(url: str | None, name: str) -> None:
    """Raise ValueError, before anything changes, if the service at `url` cannot be switched."""
    from textlab.promotion.service import admin_key, check_service

    if url is not None:
        admin_key()
        check_service(url, name)


def _swap_or_say_how(console: Console, url: str | None, folder: Path) -> None:
    """Switch the service to the promoted bundle, or say how to do so."""
    from textlab.bundle_format.signature import SERVED_INPUTS, read_signature
    from textlab.promotion.service import KEY, admin_key, switch

    number, inputs = int(folder.name), read_signature(folder).input_names
    if inputs != SERVED_INPUTS:
        lines = f"The service cannot run this model, because it reads {', '.join(inputs)} and a request carries only "
        lines += f"{', '.join(SERVED_INPUTS)}. Use it with python -m textlab predict."
    elif url is None:
        address = f"http://127.0.0.1:8000/models/load/{number}"
        lines = "A running service keeps its version. Switch it with --swap URL, or with\n"
        lines += f'    curl -X POST {address} --header "X-API-Key: ${KEY}"'
    else:
        lines = f"The service at {url} has switched from number {switch(url, number, admin_key())} to {number}."
    console.print(escape(lines), soft_wrap=True)


@app.command()
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
    with _errors_without_traceback(verbose) as console:
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


@app.command()
def reproduce(run: Run, verbose: Verbose = False) -> None:
    """Run the notebook of RUN again, and compare every metric and probability.

    The notebook, its parameters, the seed and the number of threads are the same.
    On the same machine with the same libraries, the numbers are equal to the last
    digit. Otherwise the command lists the differences and exits with code 1.

    The new run is logged to MLflow's experiment 'reproductions', so it does not count
    in its grid.
    """
    with _errors_without_traceback(verbose) as console:
        from textlab.runner.reproduction import reproduce as reproduce_run

        with console.status("Running the notebook") as status:
            reproduction = reproduce_run(
                run, lambda cell, number, count, *_: status.update(f"{cell.name}: code cell {number} of {count}")
            )
        for change in reproduction.changed:
            console.print(f"changed since: {escape(change)}", soft_wrap=True)
        for difference in reproduction.differences:
            console.print(f"differs: {escape(difference)}", soft_wrap=True)
        if not reproduction.differences:
            console.print("Identical: every metric and probability is equal to the last digit.")
            return
        if not reproduction.changed:
            console.print("No recorded setting has changed. Another processor or GPU may round differently.")
        raise typer.Exit(1)


@contextmanager
def _errors_without_traceback(verbose: bool) -> Iterator[Console]:
    configure_logging(verbose)
    try:
        yield Console(highlight=False)
    except (ValueError, OSError) as error:
        if verbose:
            raise
        Console(stderr=True, highlight=False).print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    app(prog_name="python -m textlab")
