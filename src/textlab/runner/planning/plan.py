"""Plan a grid: the cells and searches to execute, checked before anything starts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import yaml

from textlab.runner.planning.cell import Cell
from textlab.runner.planning.expansion import MAXIMUM_CELLS, Expansion, too_many_cells
from textlab.runner.planning.grid import Grid, GridRun
from textlab.runner.planning.grid_task import with_primary_metric
from textlab.runner.planning.notebook import Notebook, find_notebook
from textlab.runner.planning.search import Search
from textlab.spelling import nearest


@dataclass(frozen=True)
class Plan:
    """What a grid executes.

    Attributes:
        cells: in the order of the file, but each one after the cells that it builds on.
        searches: in the order of the file.
    """

    cells: Sequence[Cell]
    searches: Sequence[Search]

    @property
    def all_cells(self) -> list[Cell]:
        """The cells, the searches' bases and every cell that they build on, each of them once."""
        listed = [*self.cells, *(search.base for search in self.searches)]
        return list({each.key: each for cell in listed for each in (*cell.ancestors(), cell)}.values())

    @property
    def datasets(self) -> set[str]:
        """The datasets that the cells and the searches' bases read."""
        listed = [*self.cells, *(search.base for search in self.searches)]
        return {str(cell.parameters["dataset"]) for cell in listed if "dataset" in cell.parameters}


def plan(grid: Grid, only: str | None = None, settings: Mapping[str, Any] | None = None) -> Plan:
    """Expand a grid into its cells and searches.

    Args:
        only: a notebook's name, or a pattern such as "2*". Other notebooks are left out, even if a chosen one builds on
            them.
        settings: parameters that override the grid's, for every notebook that declares them.

    Raises:
        ValueError: a notebook or parameter is unknown, a value has the wrong type, a range is not valid, no entry
            matches `only`, a cell occurs twice, or there are too many cells.
    """
    grid = with_primary_metric(grid)
    notebooks = {name: find_notebook(name) for name in dict.fromkeys(run.notebook for run in grid.runs)}
    expansion = Expansion(grid, notebooks, settings or {})
    runs = _chosen_runs(grid, only)
    _check_settings(notebooks, runs, expansion.settings)
    cells = [cell for run in runs if not run.search for cell in expansion.cells(run)]
    searches = [search for run in runs for search in expansion.searches(run)]
    if max(len(cells), sum(search.trials for search in searches)) > MAXIMUM_CELLS:
        raise too_many_cells(grid)
    _check_distinct(grid, cells)
    keys = {cell.key for cell in cells}
    ordered = {each.key: each for cell in cells for each in (*cell.ancestors(), cell)}
    return Plan([cell for key, cell in ordered.items() if key in keys], searches)


def read_setting(setting: str) -> tuple[str, Any]:
    """Split `name=value` of the command line and read the value as YAML: "3" is a number, "[1, 2]" a dimension.

    Raises:
        ValueError: there is no "=", or the value is not YAML.
    """
    name, equals, value = setting.partition("=")
    if not equals or not name:
        raise ValueError(f"--set {setting!r} is not of the form name=value. Write, for example, --set seed=3.")
    try:
        return name, yaml.safe_load(value)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(
            f"--set {name}: {value!r} is not a value. Write, for example, 3, word or [word, char]."
        ) from error


def _chosen_runs(grid: Grid, only: str | None) -> list[GridRun]:
    chosen = [run for run in grid.runs if only is None or fnmatch(run.notebook, only)]
    if not chosen:
        names = sorted({run.notebook for run in grid.runs})
        raise ValueError(f"--only {only} matches no notebook of this grid.{nearest(str(only), names)}")
    return chosen


def _check_settings(notebooks: Mapping[str, Notebook], runs: Sequence[GridRun], settings: Mapping[str, Any]) -> None:
    declared = {name for run in runs for name in notebooks[run.notebook].all_parameters}
    for name in settings:
        if name not in declared:
            raise ValueError(
                f"--set {name}: no notebook of this grid has that parameter.{nearest(name, sorted(declared))}"
            )


def _check_distinct(grid: Grid, cells: Sequence[Cell]) -> None:
    """Check that no cell and no name of a cell occurs twice."""
    names = Counter(cell.name for cell in cells)
    earlier: dict[str, Cell] = {}
    for cell in cells:
        if (same := earlier.setdefault(cell.key, cell)) is not cell:
            raise ValueError(_stated_twice(grid, same.name, cell.name))
    for cell in cells:
        if names[cell.name] > 1:
            raise ValueError(
                f"Two cells of grid '{grid.name}' are called '{cell.name}'. State a parameter that distinguishes them, "
                "or rename a notebook."
            )


def _stated_twice(grid: Grid, first: str, second: str) -> str:
    if first == second:
        return f"Grid '{grid.name}' states the cell '{first}' twice. Remove one of the two."
    return (
        f"Grid '{grid.name}' states one cell twice, as '{first}' and as '{second}', because parameters that are left "
        "out have their defaults. Remove one of the two."
    )
