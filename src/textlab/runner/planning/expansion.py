"""Expand the entries of a grid into cells and searches."""

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from textlab.data.spec import resolve
from textlab.runner.planning.cell import Cell
from textlab.runner.planning.grid import Grid, GridRun
from textlab.runner.planning.grid_task import training_metric
from textlab.runner.planning.notebook import Notebook
from textlab.runner.planning.search import Search, search_spaces

SHARE = "training_share"  # the option of a dataset, and what distinguishes a cell on a share from the others
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
            metric = str(base.parameters.get("primary_metric", training_metric(self.grid)))
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
        for share, *combination in itertools.product(self._shares(run, dimensions), *dimensions.values()):
            parameters = dict(zip(dimensions, combination, strict=True))
            names = [*run.values, *self.settings, "seed"]  # the seed last: it distinguishes least
            distinct = {name: parameters[name] for name in names if name in parameters}
            if share < 1:
                parameters["dataset"] = _with_share(parameters["dataset"], share, parameters.get("seed", 0))
                distinct = {SHARE: share} | distinct
                parameters.pop("folds", None)  # a learning curve needs no out-of-fold predictions
            for chosen in itertools.product(*(_fitting(cells, parameters, share) for cells in candidates)):
                built_on = dict(zip(sources, chosen, strict=True))
                yield Cell(notebook, parameters, distinct, built_on, run.gpus, *limits, memory)

    def _values(self, run: GridRun) -> dict[str, Any]:
        """The entry's values: those of the grid, then its own, then those of the command line."""
        declared = self.notebooks[run.notebook].all_parameters
        common: dict[str, Any] = {"dataset": self.grid.dataset, "seed": self.grid.seeds}
        common |= {"primary_metric": training_metric(self.grid)}
        common |= self._folds(run)
        values = {name: value for name, value in common.items() if name in declared} | run.values
        return values | {name: value for name, value in self.settings.items() if name in declared}

    def _folds(self, run: GridRun) -> dict[str, int]:
        """The folds of the entry, or else of the grid, under the name of the parameter; none for a search.

        Raises:
            ValueError: the entry states folds, and its notebook makes none or it is a search.
        """
        if run.folds and (run.search or "folds" not in self.notebooks[run.notebook].all_parameters):
            reason = "a search" if run.search else "no parameter 'folds'"
            raise ValueError(f"Notebook '{run.notebook}' has {reason}, so it cannot have folds. Remove folds.")
        folds = None if run.search else run.folds or self.grid.folds
        return {"folds": folds} if folds else {}

    def _shares(self, run: GridRun, dimensions: Collection[str]) -> list[float]:
        """The shares of the training split on which the entry runs, the whole split first.

        Raises:
            ValueError: the entry states a learning curve, and also a search, or its notebook reads no dataset.
        """
        is_possible = run.search is None and "dataset" in dimensions
        if run.learning_curve and not is_possible:
            reason = "a search" if run.search else "no parameter 'dataset'"
            raise ValueError(
                f"Notebook '{run.notebook}' has {reason}, so it cannot have a learning curve. Remove learning_curve."
            )
        shares = (run.learning_curve or self.grid.learning_curve or []) if is_possible else []
        return [1.0, *sorted({share for share in shares if share < 1}, reverse=True)]

    @staticmethod
    def _dimension(notebook: Notebook, name: str, value: Any) -> list[Any]:
        """The values of one dimension of the grid: a single value is a dimension of one."""
        values = value if isinstance(value, list) else [value]
        if not values:
            raise ValueError(f"Notebook '{notebook.name}': the list for '{name}' is empty. State at least one value.")
        return [notebook.read_value(name, each) for each in values]


def _with_share(dataset: Any, share: float, seed: int) -> str:
    """The name of a dataset of which a share of the training split is drawn with the cell's own seed."""
    return resolve(str(dataset), {SHARE: share, "share_seed": seed}).canonical_name()


def _fitting(cells: list[Cell], parameters: Mapping[str, Any], share: float) -> list[Cell]:
    """The cells that one with these parameters may build on: those with its seed, on the same share of the data.

    If none has the seed, as with a model that has none, all are meant.

    Raises:
        ValueError: none runs on this share. One that has seen more labels would hide how many are needed.
    """
    if share < 1:
        cells = [cell for cell in cells if cell.parameters.get("dataset") == parameters["dataset"]]
    else:
        cells = [cell for cell in cells if SHARE not in cell.distinct_parameters]
    if not cells:
        raise ValueError(
            f"An entry runs on {share:.3g} of the training split and builds on one that does not. State the same "
            "learning_curve for both."
        )
    return [cell for cell in cells if cell.parameters.get("seed") == parameters.get("seed")] or cells
