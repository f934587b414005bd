"""The findings about the runs that a grid file states."""

from pathlib import Path

from textlab import record
from textlab.report import gather
from textlab.report.findings import Findings
from textlab.runner.planning.grid_file import read_grid
from textlab.runner.planning.plan import plan


def findings_of(path: Path) -> Findings:
    """Gather the findings about the runs of a grid file.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file is not a valid grid, or no run can be compared.
    """
    grid = read_grid(path)
    cells = [cell.key for cell in plan(grid).cells]
    runs = record.runs(grid.name, cells) if record.store_exists() else []
    return gather(runs, grid.primary_metric, decision=grid.decision)
