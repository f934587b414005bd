"""Write a grid's scores and curves for other programs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from textlab.commands.console import Verbose, errors_without_traceback
from textlab.log import in_working_folder
from textlab.paths import EXPERIMENTS, REPORTS, shown


@in_working_folder
def scores(
    grid: Annotated[Path, typer.Option(help="The grid file.", show_default="experiments/demo.yaml")] = EXPERIMENTS
    / "demo.yaml",
    output: Annotated[Path | None, typer.Option(help="Folder for the files. By default: reports/GRID/scores.")] = None,
    verbose: Verbose = False,
) -> None:
    """Write the scores and curves of a grid's finished runs as files.

    metrics.json holds the scores of each run. learning.csv, roc.csv and
    precision_recall.csv hold the curves, with a column for the run. The same
    runs give the same files. DVC shows them: dvc metrics show, dvc plots show.
    """
    with errors_without_traceback(verbose) as console:
        from textlab import record
        from textlab.report.plotted_scores import write_scores
        from textlab.runner.planning.grid_file import read_grid
        from textlab.runner.planning.plan import plan

        stated = read_grid(grid)
        cells = [cell.key for cell in plan(stated).cells]
        runs = record.runs(stated.name, cells) if record.store_exists() else []
        folder = output or REPORTS / stated.name / "scores"
        for path in write_scores(runs, stated.primary_metric, folder):
            console.print(escape(shown(path.resolve())), soft_wrap=True)
