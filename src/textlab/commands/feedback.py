"""Inspect feedback and newly labelled texts, and record a person's decisions about them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from textlab.commands.console import Name, Verbose, errors_without_traceback
from textlab.log import import_tensorflow, in_working_folder
from textlab.paths import MODELS, REPORTS, service_feedback, service_state, shown

if TYPE_CHECKING:
    from textlab.retraining.rows.inspection import Inspection

HELD_CODE = 3


@in_working_folder
def feedback(
    name: Name,
    file: Annotated[
        list[Path] | None,
        typer.Option(help="A file of feedback. By default: the service's feedback.jsonl, if it exists."),
    ] = None,
    labelled: Annotated[
        list[Path] | None, typer.Option(help="A file of newly labelled texts, with the columns text and label.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="The dataset to extend.", show_default="the champion's training data")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The folder for the report.", show_default="reports/feedback/NAME")
    ] = None,
    release: Annotated[
        Path | None,
        typer.Option(help="A copy of held.jsonl with your decisions. They are recorded before the rows are checked."),
    ] = None,
    caller_rows: Annotated[int, typer.Option(min=1, help="Rows of feedback that one caller may give at most.")] = 500,
    as_json: Annotated[bool, typer.Option("--json", help="End with the report as one line of JSON.")] = False,
    verbose: Verbose = False,
) -> None:
    """Check new labels for the model NAME, and hold odd ones for review.

    Copies, texts of the validation or test split and unknown labels are dropped.
    Rows that contradict other rows or the champion in a suspicious way are held:
    they are written to held.jsonl, and `retrain` does not use them. To decide about
    them, write release or reject as the decision of a row in a copy of held.jsonl,
    and give it with --release. A decision stays valid for later calls.

    Exit codes: 0 if no row is held, 3 if some are, 2 after an error.
    """
    with errors_without_traceback(verbose) as console:
        from textlab import data
        from textlab.export.bundle import Bundle, read_card
        from textlab.promotion.catalog import promoted_classifier
        from textlab.retraining.rows import Rules, known_values, read_feedback, read_labelled
        from textlab.retraining.rows.inspection import inspect
        from textlab.retraining.rows.review import decisions_file, take_decisions
        from textlab.sealing import Keys

        champion, keys = promoted_classifier(MODELS, name), Keys.from_environment()
        files, labelled = file or list(filter(None, [service_feedback()])), labelled or []
        if release is not None:
            taken = take_decisions(release, decisions_file(name), keys)
            console.print(f"Recorded: {taken['release']:,} released, {taken['reject']:,} rejected.")
        if not files and not labelled:
            state = escape(shown(service_state()))
            console.print(f"Nothing has come in yet: {state} holds no feedback. Nothing is to be done.", soft_wrap=True)
            if as_json:
                typer.echo(json.dumps({"rows": 0, "used": 0, "held": 0}))
            return
        with console.status("Checking the new labels"):
            base = data.load(dataset or _training_data(champion, read_card(champion)))
            known = known_values(base)
            new = [read_feedback(path, name, keys, base.inputs, known) for path in files]
            new += [read_labelled(path, base.inputs) for path in labelled]
            import_tensorflow()
            folder = output or REPORTS / "feedback" / name
            rules = Rules(caller_rows=caller_rows)
            found = inspect(base, new, Bundle(champion), folder, decisions_file(name), rules, keys)
        _print(console, found)
        document = found.document()
        if as_json:
            typer.echo(json.dumps(document))
        if document["held"]:
            raise typer.Exit(HELD_CODE)


def _training_data(champion: Path, card: Mapping[str, object]) -> str:
    if not isinstance(card.get("dataset"), str):
        raise ValueError(f"The card of {shown(champion)} does not name its dataset. Name it with --dataset.")
    return str(card["dataset"])


def _print(console: Console, found: "Inspection") -> None:
    """Print a table of the rows by reason and origin, and how to go on."""
    origins = list(found.rows)
    reasons = list(dict.fromkeys(reason for counts in found.rows.values() for reason in counts))
    table = Table("", *map(escape, origins))
    for reason in reasons:
        table.add_row(reason, *(f"{found.rows[origin].get(reason, 0):,}" for origin in origins))
    console.print(table)
    if found.without_caller:
        console.print(f"{found.without_caller:,} lines of feedback name no caller. They count as those of one caller.")
    for why, count in found.held.items():
        console.print(f"Held, {count:,} rows: {escape(why)}", soft_wrap=True)
    if found.held:
        held = shown(found.folder / "held.jsonl")
        sentence = f"Review {escape(held)}: write release or reject as the decision of a row in a copy of it, and give "
        console.print(sentence + "the copy with --release.", soft_wrap=True)
