"""`python -m textlab`: from a finished run to the model that is served, and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from textlab.log import configure_logging
from textlab.paths import EXPERIMENTS, MODELS, shown

if TYPE_CHECKING:
    from textlab.export.bundle import Bundle

EPILOG = """Examples:

python -m textlab promote --champion --grid experiments/tweet_eval.yaml --name sentiment

python -m textlab promote 6bf28c2f7b7a4c14aaac456a317a7979 --name sentiment

python -m textlab rollback --name sentiment

python -m textlab predict "not bad at all" "worst flight ever"

python -m textlab predict --file tweets.csv --output scored.csv

python -m textlab reproduce 6bf28c2f7b7a4c14aaac456a317a7979
"""

app = typer.Typer(
    help="Promote a run's model, score texts with it, and check that a run can be reproduced. RUN is the id of an "
    "MLflow run, as reports/<grid>/leaderboard.csv and MLflow's page (make ui) show it.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Run = Annotated[str, typer.Argument(metavar="RUN", help="The id of a finished MLflow run.")]
Name = Annotated[str, typer.Option(help="What the model is called: models/<name>, and in MLflow's registry.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Say more, and show tracebacks.")]


@app.command()
def promote(
    name: Name,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="The id of a finished MLflow run.")] = None,
    champion: Annotated[
        bool, typer.Option("--champion", help="Choose the run of the grid that is best on validation.")
    ] = False,
    grid: Annotated[
        Path, typer.Option(help="The grid file to choose from.", show_default="experiments/demo.yaml")
    ] = EXPERIMENTS / "demo.yaml",
    verbose: Verbose = False,
) -> None:
    """Make a run's model the champion of NAME.

    With --champion the primary metric on validation decides; of the models
    that are within noise of the highest, the fastest is taken.

    The bundle is checked: every file by its sha256, its probabilities against
    the run's own, and odd texts. Then it is copied to models/NAME under the next
    number and becomes a version in MLflow's registry with the alias champion.
    The champion before it becomes previous. If anything is wrong, nothing changes.
    """
    with _errors_in_one_sentence(verbose) as console:
        from textlab.promotion.catalog import check_name
        from textlab.promotion.promotion import promote as promote_run

        check_name(name)
        if champion == (run is not None):
            raise ValueError("Name a RUN, or let --champion choose one of a grid: one of the two.")
        with console.status("Promoting"):
            promoted = promote_run(run or _champion(console, grid), name, MODELS)
        undo = f"; python -m textlab rollback --name {name} goes back to number {promoted.previous}"
        console.print(f"{shown(promoted.folder)} is the champion{undo if promoted.previous else ''}.", soft_wrap=True)


def _champion(console: Console, path: Path) -> str:
    """The id of the run of a grid that is to be promoted; says why it is that one."""
    from textlab import record
    from textlab.report import gather
    from textlab.runner.planning.grid_file import read_grid
    from textlab.runner.planning.plan import plan

    grid = read_grid(path)
    cells = [cell.key for cell in plan(grid).cells]
    runs = record.runs(grid.name, cells) if record.store_exists() else []
    findings = gather(runs, grid.primary_metric)
    console.print(escape(findings.champion.reason), soft_wrap=True)
    return findings.champion_entry.run.id


@app.command()
def rollback(name: Name, verbose: Verbose = False) -> None:
    """Undo the last promotion of NAME: the champion before it is the champion again.

    The model that is taken back stays in its folder. A second rollback goes
    back one more.
    """
    with _errors_in_one_sentence(verbose) as console:
        from textlab.promotion.promotion import roll_back

        console.print(f"{shown(roll_back(name, MODELS).folder)} is the champion again.", soft_wrap=True)


@app.command()
def predict(
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to classify.", show_default=False)] = None,
    file: Annotated[Path | None, typer.Option(help="A .csv or .tsv file of texts, of any size.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Where its rows go, with class and probabilities; by default FILE_scored.csv.")
    ] = None,
    text: Annotated[str, typer.Option(help="The column of the file that holds the texts.")] = "text",
    name: Annotated[str | None, typer.Option(help="Of the model; by default the only one there is.")] = None,
    number: Annotated[int | None, typer.Option(help="Of the model; by default the champion's.")] = None,
    verbose: Verbose = False,
) -> None:
    """Classify texts, or the texts of a file, with a promoted model.

    A file is read, scored and written in pieces; the output appears only when
    all of it is scored.
    """
    with _errors_in_one_sentence(verbose) as console:
        from textlab.export.bundle import Bundle
        from textlab.promotion.catalog import promoted_folder
        from textlab.promotion.scoring import score_file

        if bool(texts) == (file is not None):
            raise ValueError("Give texts, or a --file of them: one of the two.")
        if output is not None and file is None:
            raise ValueError("--output is for the rows of a --file.")
        folder = promoted_folder(MODELS, name, number)
        if file is None:
            _print_scores(Bundle(folder), texts or [])
            return
        output = output or file.with_name(f"{file.stem}_scored.csv")
        count = score_file(Bundle(folder), file, output, text, show_progress=True)
        console.print(f"{output}: {count:,} texts, scored by {shown(folder)}.", soft_wrap=True)


def _print_scores(bundle: "Bundle", texts: list[str]) -> None:
    """A line a text: its class, the probability of that, and the text."""
    from textlab.promotion.scoring import score_texts

    width = max(map(len, bundle.label_names))
    scored = score_texts(bundle, texts)
    sure = scored.drop(columns="predicted").max(axis=1)
    for text, label, probability in zip(texts, scored["predicted"], sure, strict=True):
        printable = text.encode("utf-8", errors="replace").decode()
        typer.echo(f"{label:{width}}  {probability:.3f}  {printable}")


@app.command()
def reproduce(run: Run, verbose: Verbose = False) -> None:
    """Run what RUN ran once more, and compare every metric and probability.

    The notebook, parameters, seed and number of threads are the same; on the same
    machine with the same libraries the numbers are too, to the last digit.
    Otherwise it says what differs, and the exit code is 1.

    The repeated run is kept in MLflow's experiment 'reproductions', so it does
    not count in its grid.
    """
    with _errors_in_one_sentence(verbose) as console:
        from textlab.runner.reproduction import reproduce as reproduce_run

        with console.status("Running the notebook") as status:
            found = reproduce_run(run, lambda cell, at, of, *_: status.update(f"{cell.name}: code cell {at} of {of}"))
        for change in found.changed:
            console.print(f"since then: {escape(change)}", soft_wrap=True)
        for difference in found.differences:
            console.print(f"differs: {escape(difference)}", soft_wrap=True)
        if not found.differences:
            console.print("Identical: every metric and probability is the same to the last digit.")
            return
        if not found.changed:
            console.print("Nothing that is recorded has changed; another processor or GPU rounds otherwise.")
        raise typer.Exit(1)


@contextmanager
def _errors_in_one_sentence(verbose: bool) -> Iterator[Console]:
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
