"""Promote the model of a finished run, and roll back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from textlab.commands import decision_options as options
from textlab.commands.console import Name, Verbose, errors_without_traceback
from textlab.log import import_tensorflow, in_working_folder
from textlab.paths import EXPERIMENTS, MODELS, shown

if TYPE_CHECKING:
    from textlab.report.findings import Findings

Swap = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Also switch the running service at this address. TEXTLAB_SERVICE_KEY holds a key with the role admin.",
    ),
]


@in_working_folder
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
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Change nothing if the run was promoted to this name before, even if another one serves now."
        ),
    ] = False,
    swap: Swap = None,
    costs: options.Costs = None,
    precision: options.Precision = None,
    recall: options.Recall = None,
    accuracy: options.Accuracy = None,
    coverage: options.Coverage = None,
    confidence: options.Confidence = None,
    verbose: Verbose = False,
) -> None:
    """Make a run's model the champion of NAME.

    --champion chooses the model with the best primary metric on validation.
    If a faster model ties with it statistically, the faster one wins. If the
    report recommends no model, nothing is promoted without --anyway.

    First, the bundle is checked: the sha256 of every file, the operations of its
    graph, its answers against those of the run, and its answers to odd
    texts. Then the bundle is copied to models/NAME under the next number, and
    registered in MLflow with the alias champion. The champion before it gets the
    alias previous. If a check fails, nothing changes.

    Options below "Decisions", and the key decision of the grid of --champion,
    state how probabilities become decisions. Validation sets the thresholds.
    A promise that cannot be kept is refused.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.promotion.catalog import check_name
        from textlab.promotion.champion import number_of_run
        from textlab.promotion.champion import promote as promote_run
        from textlab.promotion.service import check_swap, swapped

        check_name(name)
        if champion == (run is not None):
            raise ValueError("Both or neither of RUN and --champion were given. Give one of them.")
        if anyway and not champion:
            raise ValueError("--anyway was given without --champion. Leave it out: a RUN that you name is your choice.")
        check_swap(swap, name)
        stated = _decision_of(grid) if champion else {}
        wishes = options.stated_wishes(stated, costs, precision, recall, accuracy, coverage, confidence)
        findings = _findings(console, grid, anyway) if champion else None
        chosen = str(run) if findings is None else findings.champion_entry.run.id
        if once and (number := number_of_run(MODELS, name, chosen)) is not None:
            console.print(
                f"{shown(MODELS / name / str(number))} is this run's model already. Nothing has changed.",
                soft_wrap=True,
            )
            return
        with console.status("Promoting"):
            import_tensorflow()
            if findings is None:
                promoted = promote_run(chosen, name, MODELS, wishes=wishes)
            else:
                promoted = promote_run(chosen, name, MODELS, findings.refusal, findings.concerns, wishes=wishes)
        undo = f"; python -m textlab rollback --name {name} goes back to number {promoted.previous}"
        console.print(f"{shown(promoted.folder)} is the champion{undo if promoted.previous else ''}.", soft_wrap=True)
        for sentence in (*_calibration(promoted.folder), *promoted.decisions):
            console.print(escape(sentence), soft_wrap=True)
        console.print(escape(swapped(swap, promoted.folder)), soft_wrap=True)


def _calibration(bundle: Path) -> list[str]:
    """Say how a promoted classifier's probabilities are calibrated; nothing for another task or an earlier version."""
    from textlab.export.bundle import read_card
    from textlab.models.calibration import Calibration

    card = read_card(bundle)
    return [Calibration.of(card["calibration"]).in_words()] if "calibration" in card else []


def _decision_of(grid: Path) -> dict[str, Any]:
    """Return what a grid file states about decisions."""
    from textlab.runner.planning.grid_file import read_grid

    return dict(read_grid(grid).decision)


def _findings(console: Console, grid: Path, anyway: bool) -> "Findings":
    """Return the findings about a grid, and print why its champion was chosen.

    Raises:
        ValueError: the report recommends no model, and `anyway` is not set.
    """
    from textlab.runner.grid_findings import findings_of

    findings = findings_of(grid)
    if findings.refusal and not anyway:
        raise ValueError(
            f"Nothing is promoted. {findings.refusal} Give --anyway to promote {findings.champion.name} all the same; "
            "its card will say so."
        )
    kinds = dict.fromkeys(str(concern.kind) for concern in findings.concerns if concern.is_serious)
    doubts = f"Concerns of the report, which the card records: {'; '.join(kinds)}." if kinds else ""
    for sentence in filter(None, (findings.refusal, findings.champion.reason, doubts)):
        console.print(escape(sentence), soft_wrap=True)
    return findings


@in_working_folder
def rollback(name: Name, swap: Swap = None, verbose: Verbose = False) -> None:
    """Restore the previous champion of NAME.

    The model that it replaces stays in its folder. A second rollback restores
    the champion before that.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.promotion.champion import roll_back
        from textlab.promotion.service import check_swap, swapped

        check_swap(swap, name)
        promoted = roll_back(name, MODELS)
        console.print(f"{shown(promoted.folder)} is the champion again.", soft_wrap=True)
        console.print(escape(swapped(swap, promoted.folder)), soft_wrap=True)
