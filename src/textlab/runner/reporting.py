"""Write a grid's report: execute the comparison notebook, render its pages, and write the leaderboard."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textlab import record
from textlab.paths import REPORTS, shown
from textlab.runner.due.fingerprint import Fingerprint, with_parameters
from textlab.runner.due.outcome import CellStatus
from textlab.runner.executing.process import run_notebook
from textlab.runner.executing.verdict import sign, signature
from textlab.runner.planning.cell import Cell
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.grid_task import task_of
from textlab.runner.planning.notebook import find_notebook

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """The report of a grid.

    Attributes:
        leaderboard: one row per run.
        error: why the pages are missing; None if they are complete.
        answer: the first paragraph of the report's answer; "" if the pages are missing.
        concerns: the kinds of the report's serious concerns.
    """

    leaderboard: "pd.DataFrame"
    error: str | None
    answer: str = ""
    concerns: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the pages are complete."""
        return self.error is None


def comparison(grid: Grid) -> Cell:
    """Return the comparison notebook of a grid's task as a cell, without the parameters that name the runs."""
    return Cell(find_notebook(task_of(grid).comparison_notebook), {})


def write_report(
    grid: Grid,
    runs: Callable[[], Sequence[record.Run]],
    grid_run_id: str,
    fingerprint: Fingerprint,
    notice: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Report:
    """Write comparison.html, slides.html and leaderboard.csv of a grid's runs, and log them to the grid's run.

    Pages are up to date, and not written again, if the same code wrote them for the same runs.

    Args:
        runs: reads the runs from the record. It is called twice, because the comparison notebook adds findings to the
            runs, which the leaderboard shows.
        fingerprint: the fingerprint of `comparison(grid)`.
        notice: a context that is entered while the pages are written.
    """
    from textlab.report.leaderboard import leaderboard, with_floors, write_table

    folder = REPORTS / grid.name
    folder.mkdir(parents=True, exist_ok=True)
    error = _write_pages(grid, runs(), grid_run_id, fingerprint, notice)
    table = leaderboard(runs(), grid.primary_metric)
    if error is None:
        table = with_floors(table, record.artifact(grid_run_id, "tables/floors.csv"))
    write_table(table, folder / "leaderboard.csv")
    record.log_files(grid_run_id, [folder / "leaderboard.csv"], "tables")
    if error is None:
        _copy_corrections(grid_run_id, folder)
    return Report(table, error, *(("", ()) if error else _answer(grid_run_id)))


def _copy_corrections(grid_run_id: str, folder: Path) -> None:
    """Put the likeliest wrong labels beside the report, if there are any, and nobody works on an earlier list."""
    from textlab.data.corrections import CORRECTIONS, copy_corrections

    try:
        listed = record.artifact(grid_run_id, f"tables/{CORRECTIONS}")
    except FileNotFoundError:
        return
    if not copy_corrections(listed, folder / CORRECTIONS):
        logger.info("%s has corrected labels, so it stays as it is.", shown(folder / CORRECTIONS))


def _answer(grid_run_id: str) -> tuple[str, tuple[str, ...]]:
    """Read the answer's first paragraph and the kinds of the serious concerns, each once."""
    import pandas as pd

    answer, *concerns = pd.read_csv(record.artifact(grid_run_id, "tables/answer.csv")).to_dict("records")
    return str(answer["text"]), tuple(dict.fromkeys(str(concern["kind"]) for concern in concerns))


def _write_pages(
    grid: Grid,
    runs: Sequence[record.Run],
    grid_run_id: str,
    fingerprint: Fingerprint,
    notice: Callable[[], AbstractContextManager[object]],
) -> str | None:
    """Write the pages unless they are up to date; return the reason if they are missing, else None."""
    from textlab.report.leaderboard import digests_by_runs

    folder = REPORTS / grid.name
    page, executed = folder / "comparison.html", folder / "comparison.ipynb"
    ids = [run.id for run in runs]
    parameters: dict[str, object] = {
        "experiment": grid.name,
        "run_ids": ids,
        "primary_metric": grid.primary_metric,
    }
    if grid.decision:
        parameters["decision"] = grid.decision
    cell = Cell(comparison(grid).notebook, parameters)
    key = with_parameters(fingerprint, cell).key
    if page.exists() and signature(executed) == {"status": "done", "key": key}:
        return None
    for outdated in (page, folder / "slides.html"):
        outdated.unlink(missing_ok=True)
    if not digests_by_runs(runs):
        return "No run has logged a model, so there is no report."
    with notice():
        return _execute_comparison(cell, executed, grid_run_id, key)


def _execute_comparison(cell: Cell, executed: Path, grid_run_id: str, key: str) -> str | None:
    from textlab.report.pages import write_pages
    from textlab.report.recording import record_pages

    verdict = run_notebook(cell.notebook.path, cell.parameters, executed)
    if verdict.status is not CellStatus.DONE:
        return f"The report {verdict.status}: {verdict.error} See {shown(executed)}."
    record_pages(grid_run_id, write_pages(executed, executed.parent, str(cell.parameters["experiment"])))
    sign(executed, status=verdict.status, key=key)
    return None
