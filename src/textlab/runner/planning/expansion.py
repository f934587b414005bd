"""Expand the entries of a grid into cells and searches."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from textlab.runner.planning.cell import Cell
from textlab.runner.planning.grid import Grid, GridRun
from textlab.runner.planning.notebook import Notebook
from textlab.runner.planning.search import Search, search_spaces

MAXIMUM_CELLS = 10_000  # more than that is a mistake, such as a list of all seeds


def too_many_cells(grid: Grid) -> ValueError:
    """The error that refuses a grid of more than `MAXIMUM_CELLS` cells or trials."""
    return ValueError(
        f"Grid '{grid.name}' has more than {MAXIMUM_CELLS:,} cells. Shorten its lists, or replace them with a search."
    )


@dataclass(frozen=True)
class Expansion:
    """Expands the entries of one grid.

    Attributes:
        notebooks: the grid's notebooks, by name.
        settings: parameters that override the grid's.
    """

    grid: Grid
    notebooks: Mapping[str, Notebook]
    settings: Mapping[str, Any]

    def cells(self, run: GridRun) -> list[Cell]:
        """The cells of one entry; too many are refused before all of them are made."""
        cells = list(itertools.islice(self._combinations(run), MAXIMUM_CELLS + 1))
        if len(cells) > MAXIMUM_CELLS:
            raise too_many_cells(self.grid)
        return cells

    def searches(self, run: GridRun) -> Iterator[Search]:
        """The searches of one entry: one for each of its cells."""
        if run.search is None:
            return
        fixed = {*run.parameters, *run.settings, *self.settings}
        spaces = search_spaces(self.notebooks[run.notebook], run.search, fixed)
        for base in self.cells(run):
            metric = str(base.parameters.get("primary_metric", self.grid.primary_metric))
            yield Search(base, run.search.trials, spaces, run.search.seed, metric)

    def _combinations(self, run: GridRun) -> Iterator[Cell]:
        """A cell for each combination of the entry's values, seeds and sources."""
        notebook = self.notebooks[run.notebook]
        notebook.check_names(run.parameters, run.settings)
        for name in run.sources:
            notebook.read_value(name, "the id of a run")
        dimensions = {name: self._dimension(notebook, name, value) for name, value in self._values(run).items()}
        entries = {entry.id: entry for entry in self.grid.runs}
        sources = {name: id_ for name, id_ in run.sources.items() if name not in self.settings}
        candidates = [self.cells(entries[id_]) for id_ in sources.values()]
        limits = (run.timeout or self.grid.timeout, run.cell_timeout or self.grid.cell_timeout)
        memory = run.memory or self.grid.memory
        for combination in itertools.product(*dimensions.values()):
            parameters = dict(zip(dimensions, combination, strict=True))
            names = [*run.values, *self.settings, "seed"]  # the seed last: it distinguishes least
            distinct = {name: parameters[name] for name in names if name in parameters}
            for chosen in itertools.product(*(_with_seed(cells, parameters.get("seed")) for cells in candidates)):
                built_on = dict(zip(sources, chosen, strict=True))
                yield Cell(notebook, parameters, distinct, built_on, run.gpus, *limits, memory)

    def _values(self, run: GridRun) -> dict[str, Any]:
        """The entry's values: those of the grid, then its own, then those of the command line."""
        declared = self.notebooks[run.notebook].all_parameters
        common = {"dataset": self.grid.dataset, "primary_metric": self.grid.primary_metric, "seed": self.grid.seeds}
        values = {name: value for name, value in common.items() if name in declared} | run.values
        return values | {name: value for name, value in self.settings.items() if name in declared}

    @staticmethod
    def _dimension(notebook: Notebook, name: str, value: Any) -> list[Any]:
        """The values of one dimension of the grid: a single value is a dimension of one."""
        values = value if isinstance(value, list) else [value]
        if not values:
            raise ValueError(f"Notebook '{notebook.name}': the list for '{name}' is empty. State at least one value.")
        return [notebook.read_value(name, each) for each in values]


def _with_seed(cells: list[Cell], seed: Any) -> list[Cell]:
    """The cells with this seed; all of them if none has it, as with a model that has no seed."""
    return [cell for cell in cells if cell.parameters.get("seed") == seed] or cells
