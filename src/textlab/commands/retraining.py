"""Retrain a promoted model, and replace it where the new one is shown to be better."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from textlab.commands.console import Name, Verbose, errors_without_traceback
from textlab.commands.promotion import Swap
from textlab.log import in_working_folder
from textlab.paths import MODELS, service_feedback

REFUSED = 4  # the exit code if the challenger is not promoted


@in_working_folder
def retrain(
    name: Name,
    grid: Annotated[Path, typer.Option(help="The grid file. Its dataset is the base of the snapshot.")],
    id_: Annotated[
        str | None,
        typer.Option(
            "--id",
            help="The retrain's id. By default: the unfinished retrain with this grid, or the date and the "
            "snapshot's digest.",
        ),
    ] = None,
    until: Annotated[
        str, typer.Option(metavar="STEP", help="The last step to do: snapshot, grid, gate or promote.")
    ] = "promote",
    feedback: Annotated[
        Path | None,
        typer.Option(help="The file of feedback. By default: the service's feedback.jsonl, if it exists."),
    ] = None,
    labelled: Annotated[
        list[Path] | None, typer.Option(help="A file of newly labelled texts. The option may be repeated.")
    ] = None,
    margin: Annotated[float, typer.Option(help="Points by which the challenger may be worse.")] = 1.0,
    floor: Annotated[
        float | None, typer.Option(help="Points that the challenger must reach on the fixed test set.")
    ] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Promote the challenger if it passes the gate.")] = False,
    swap: Swap = None,
    watch_minutes: Annotated[
        float, typer.Option(help="Minutes to watch the service before the switch, and again after it.")
    ] = 5.0,
    json_: Annotated[bool, typer.Option("--json", help="Print one line of JSON at the end of the output.")] = False,
    verbose: Verbose = False,
) -> None:
    """Train on newer data, and decide whether the result replaces the champion.

    1. snapshot: the grid's dataset, with the feedback and the labelled files that
    pass the checks. 2. grid: the grid runs on the snapshot as run_experiments.py
    would run it, and its report chooses the challenger. 3. gate: challenger and
    champion answer the same test texts, the newest labelled texts, slices and
    behavioural tests. 4. promote, only with --promote: the challenger becomes the
    champion. With --swap, the running service is switched, watched, and switched
    back if errors, rejections or latency rise.

    The challenger passes the gate if it is shown to be better on the test set. If
    it is better on the newest texts or faster, it suffices that it is shown to be
    at most --margin points worse. It must not fall on any slice.

    All is kept in reports/retraining/NAME/ID: decision.json and decision.html
    state every number and reason. If the command is interrupted, the same command
    continues. The exit code is 0 if all went well, 4 if the challenger is not
    promoted, and 2 after a mistake or a failure.
    """
    with errors_without_traceback(verbose):
        from textlab.retraining.campaign import retrain as run_retrain
        from textlab.retraining.request import Request, Step
        from textlab.runner.command import console_width, interrupt_on_signals

        if until not in list(Step):
            raise ValueError(f"--until {until} is no step. Choose one of {', '.join(Step)}.")
        request = Request(
            name=name,
            grid=grid,
            models=MODELS,
            id=id_,
            until=Step(until),
            feedback=feedback or service_feedback(),
            labelled=tuple(labelled or ()),
            margin=margin / 100,
            floor=None if floor is None else floor / 100,
            promote=promote,
            swap=swap,
            watch_seconds=60 * watch_minutes,
        )
        interrupt_on_signals()
        console = Console(highlight=False, width=console_width(), stderr=json_)
        try:
            outcome = run_retrain(request, console)
        except KeyboardInterrupt:
            console.print("[yellow]Interrupted. The same command continues.[/yellow]")
            raise typer.Exit(130) from None
        if json_:
            typer.echo(json.dumps(outcome.to_json(), ensure_ascii=False))
        if outcome.is_refused:
            raise typer.Exit(REFUSED)
