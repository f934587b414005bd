"""Look at the recorded traffic of a champion, and say whether the world has moved."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from textlab.commands.console import Name, Verbose, errors_without_traceback
from textlab.log import in_working_folder
from textlab.paths import service_feedback, service_state, shown
from textlab.sealing.purposes import TRAFFIC


@in_working_folder
def monitor(
    name: Name,
    since: Annotated[
        str, typer.Option(help="Start of the window: a span such as 7d, 12h or 2w, or a date or time in UTC.")
    ] = "7d",
    until: Annotated[
        str | None,
        typer.Option(
            help="End of the window, a date or time in UTC. By default: now. A scheduler should give it, so that a "
            "repeated run looks at the same window and spends no further budget."
        ),
    ] = None,
    traffic: Annotated[
        Path | None, typer.Option(help="Folder of recorded traffic. By default: traffic in the service's state folder.")
    ] = None,
    feedback: Annotated[
        Path | None, typer.Option(help="File of feedback. By default: the service's feedback.jsonl, if it exists.")
    ] = None,
    labelled: Annotated[
        Path | None,
        typer.Option(help="A random sample of newly labelled rows: label, and prediction_id or the model's inputs."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the page and the numbers. By default: reports/monitoring/NAME.")
    ] = None,
    alpha: Annotated[
        float, typer.Option(help="Probability of a false alarm that one look at new traffic may have.")
    ] = 0.05,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON in the last line.")] = False,
    verbose: Verbose = False,
) -> None:
    """Compare recorded traffic with what the champion of NAME was trained on.

    It says whether inputs or outputs have moved, since when, how good the model
    is now, and which change it would have found. index.html shows it all.
    look.json and gauges.prom are for machines. If
    APPLICATIONINSIGHTS_CONNECTION_STRING is set, one event is sent.

    Exit codes: 0 quiet, 3 drift, 2 error.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.monitoring.watch import Watch, answer_of, default_output, take_look
        from textlab.monitoring.window import window_of

        start, end = window_of(since, until)
        watch = Watch(
            name,
            start,
            end,
            traffic or service_state() / TRAFFIC,
            feedback or service_feedback(),
            labelled,
            output or default_output(name),
            alpha,
        )
        look = take_look(watch, console.status, show_progress=console.is_terminal)
        for sentence in look.summary:
            console.print(escape(sentence), soft_wrap=True)
        page = watch.output / "index.html"
        console.print(f"Page: {escape(shown(page.resolve()))}", soft_wrap=True)
        if as_json:
            typer.echo(json.dumps(answer_of(look) | {"page": str(page)}))
    raise typer.Exit(look.exit_code)
