"""The grid of a retrain: the given one, on the snapshot, under a name of its own."""

from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from textlab.paths import replacing
from textlab.runner.planning.grid import NAME_CHARACTERS, Grid
from textlab.runner.planning.grid_file import read_grid

OWN = ("dataset",)  # parameters that an entry must not set itself


def check_grid(path: Path) -> Grid:
    """Read the grid that a retrain was given.

    Raises:
        FileNotFoundError, ValueError: see `read_grid`; or an entry names a dataset of its own, on which its runs could
            not be compared with the others.
    """
    grid = read_grid(path)
    if any(name in run.values for run in grid.runs for name in OWN):
        raise ValueError(
            f"{path}: an entry of 'runs' states a dataset of its own. Remove it: all train on the snapshot."
        )
    return grid


def write_grid(source: Path, dataset: str, retrain: str, target: Path) -> str:
    """Write a copy of a grid file with the snapshot as its dataset; return its name, `<grid>-<ID>`.

    Raises:
        ValueError: the name is too long.
    """
    grid = read_grid(source)
    name = f"{grid.name}-{retrain}"
    if len(name) > NAME_CHARACTERS:
        raise ValueError(
            f"The grid's name would be {name}, which has {len(name)} characters. Give a shorter --id: at most "
            f"{NAME_CHARACTERS} are allowed."
        )
    content: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    own = {"name": name, "dataset": dataset, "primary_metric": grid.primary_metric}
    with replacing(target) as partial:
        partial.write_text(yaml.safe_dump(content | own, sort_keys=False), "utf-8")
    read_grid(target)
    return name


def run_grid(path: Path, console: Console) -> None:
    """Run a grid as `run_experiments.py` does; cells that are done are skipped, and failed cells run again.

    Raises:
        ValueError: a cell or the report is not done.
    """
    from textlab.runner.collection import collection_paused
    from textlab.runner.options import Options

    with collection_paused():
        from textlab.runner.campaign import execute, prepare
        from textlab.runner.display.terminal import Terminal

        options = Options(retry_failed=True)
        campaign = prepare(path, options)
    terminal = Terminal(console)
    result = execute(campaign, options, terminal)
    terminal.print_result(campaign, result)
    if not result.is_success:
        raise ValueError(
            f"{len(result.failures)} of {len(result.outcomes)} cells of the grid are not done, so nothing is decided. "
            "Remove the cause, and give the same command to run them again."
            if result.failures
            else f"The report of the grid is missing: {result.report.error} Give the same command to write it again."
        )
