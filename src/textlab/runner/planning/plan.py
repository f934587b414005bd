"""From a grid to its cells: one notebook with one set of parameters each."""

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from textlab.evaluation.classification.metrics import DECISIVE_METRICS
from textlab.runner.planning.grid import Grid, GridRun, StatedSearch
from textlab.runner.planning.notebook import Parameter, notebook_parameters, notebook_path
from textlab.spelling import nearest

MAXIMUM_CELLS = 10_000  # a slip of the pen, such as a list of all seeds, is no grid


@dataclass(frozen=True)
class Cell:
    """One notebook to execute.

    Attributes:
        notebook: the template's path.
        parameters: everything that is injected.
        varied: the parameters that the grid file states, which tell this cell from its siblings.
        sources: the cells whose MLflow run ids are injected as well, by the parameter's name; they are run first.
        gpus: how many it is given where there are GPUs.
        timeout, cell_timeout: seconds that it and each of its code cells may take; None where the grid does not say.
        memory: gigabytes that it may take; likewise.
    """

    notebook: Path
    parameters: Mapping[str, Any]
    varied: Mapping[str, Any]
    sources: Mapping[str, "Cell"] = field(default_factory=dict)
    gpus: float = 0
    timeout: float | None = None
    cell_timeout: float | None = None
    memory: float | None = None

    @property
    def label(self) -> str:
        """For people: the notebook without its number, and what is special about this cell, whatever its seed."""
        settings = [f"{name}={value}" for name, value in self.varied.items() if name != "seed"]
        settings += [f"{name}=<{source.label}>" for name, source in self.sources.items()]
        return " ".join([self.notebook.stem.lstrip("0123456789_"), *settings])

    @property
    def name(self) -> str:
        """The label and the seed."""
        return f"{self.label} seed={self.varied['seed']}" if "seed" in self.varied else self.label

    @property
    def source_keys(self) -> set[str]:
        """The keys of the cells that it builds on."""
        return {source.key for source in self.sources.values()}

    @property
    def stated(self) -> dict[str, Any]:
        """The parameters for the record, each source by its label."""
        return {**self.parameters, **{name: source.label for name, source in self.sources.items()}}

    @property
    def key(self) -> str:
        """For the record: the same for the same notebook, parameters and sources, and fit for a file name."""
        sources = {name: {"from": source.key} for name, source in self.sources.items()}
        stated = json.dumps({**self.parameters, **sources}, sort_keys=True, default=str)
        digest = hashlib.sha256(f"{self.notebook.stem}\x00{stated}".encode()).hexdigest()
        return f"{self.notebook.stem}-{digest[:10]}"


@dataclass(frozen=True)
class Search:
    """Trials of one notebook.

    Attributes:
        base: what all trials have in common; no cell to be run.
        trials: how many.
        ranges: by parameter, where it is searched: a list of values, or {"low", "high", "log"}.
        seed: of what is chosen by chance.
        metric: what the best trial has most of, on validation.
    """

    base: Cell
    trials: int
    ranges: Mapping[str, Any]
    seed: int
    metric: str

    def cell(self, chosen: Mapping[str, Any]) -> Cell:
        """The cell of a trial with these parameters."""
        varied = {name: value for name, value in self.base.varied.items() if name != "seed"} | dict(chosen)
        varied |= {name: value for name, value in self.base.varied.items() if name == "seed"}
        return replace(self.base, parameters={**self.base.parameters, **chosen}, varied=varied)


def read_setting(setting: str) -> tuple[str, Any]:
    """A `name=value` of the command line, its value read as YAML ("3" is a number, "[1, 2]" a dimension).

    Raises:
        ValueError: there is no "=", or the value is not YAML.
    """
    name, equals, value = setting.partition("=")
    if not equals or not name:
        raise ValueError(f"--set {setting!r} is not of the form name=value, such as --set seed=3.")
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ValueError(
            f"--set {name}: {value!r} cannot be read as a value, such as 3, word or [word, char]."
        ) from error


def plan(grid: Grid, only: str | None = None, settings: Mapping[str, Any] | None = None) -> list[Cell]:
    """Every cell of `grid`, in the order of the file, but none before the cells that it builds on.

    Args:
        grid: as `read_grid` gives it.
        only: a notebook's name, or a pattern such as "2*"; the other notebooks are left out, also where a chosen one
            builds on them.
        settings: parameters that overrule the grid's, for every notebook that declares them.

    Raises:
        ValueError: an unknown notebook or parameter, a value of another type than declared, nothing left to do, or
            the same cell twice.
    """
    settings = settings or {}
    for run in grid.runs:
        notebook_path(run.notebook)
    chosen = _chosen(grid, only)
    _check_settings(chosen, settings)
    by_id = {run.id: run for run in grid.runs if run.id is not None}
    cells = [cell for run in chosen if not run.search for cell in _expanded(grid, run, by_id, settings)]
    if len(cells) > MAXIMUM_CELLS:
        raise _too_many(grid)
    counts = Counter(cell.key for cell in cells)
    twice = [cell.name for cell in cells if counts[cell.key] > 1]
    if twice:
        raise ValueError(f"Grid '{grid.name}' states '{twice[0]}' twice. Remove one.")
    names = Counter(cell.name for cell in cells)
    same = [cell.name for cell in cells if names[cell.name] > 1]
    if same:
        raise ValueError(
            f"Two cells of grid '{grid.name}' have the name '{same[0]}'. State a parameter that tells them apart, or "
            "rename a notebook."
        )
    ordered = {earlier.key: earlier for cell in cells for earlier in (*ancestors(cell), cell)}
    return [cell for key, cell in ordered.items() if key in counts]


def plan_searches(grid: Grid, only: str | None = None, settings: Mapping[str, Any] | None = None) -> list[Search]:
    """Every search of `grid`, in the order of the file; the arguments are those of `plan`.

    Raises:
        ValueError: as of `plan`; a range that is none, or not one of the declared type.
    """
    settings = settings or {}
    by_id = {run.id: run for run in grid.runs if run.id is not None}
    searches = []
    for run in _chosen(grid, only):
        if run.search:
            ranges = _ranges(run.notebook, run.search, {*run.parameters, *settings})
            for base in _expanded(grid, run, by_id, settings):
                metric = str(base.parameters.get("primary_metric", grid.primary_metric))
                searches.append(Search(base, run.search.trials, ranges, run.search.seed, metric))
    if sum(search.trials for search in searches) > MAXIMUM_CELLS:
        raise _too_many(grid)
    return searches


def _ranges(notebook: str, search: StatedSearch, fixed: Collection[str]) -> dict[str, Any]:
    """Where each parameter is searched, its values as the notebook gets them.

    Args:
        fixed: the parameters whose value is stated.
    """
    declared = notebook_parameters(notebook_path(notebook))
    ranges: dict[str, Any] = {}
    for name, stated in search.parameters.items():
        if name not in declared:
            raise ValueError(f"Notebook '{notebook}' has no parameter '{name}'.{nearest(name, declared)}")
        if name in fixed:
            raise ValueError(
                f"Notebook '{notebook}': '{name}' is searched and has a value as well. Remove one of them."
            )
        if isinstance(stated, list):
            ranges[name] = [_read(notebook, declared[name], value) for value in stated]
            if not stated:
                raise ValueError(f"Notebook '{notebook}': the list for '{name}' is empty; state at least one value.")
            continue
        low, high = (_read(notebook, declared[name], value) for value in (stated.low, stated.high))
        if declared[name].type_name not in ("int", "float"):
            raise ValueError(f"Notebook '{notebook}': '{name}' is no number, so search it in a list, not in a range.")
        if not low < high or (stated.log and low <= 0):
            least = "above 0 and below" if stated.log else "below"
            raise ValueError(
                f"Notebook '{notebook}': '{name}' is searched from {low} to {high}; low must be {least} high."
            )
        number = int if declared[name].type_name == "int" else float
        ranges[name] = {"low": number(low), "high": number(high), "log": stated.log}
    return ranges


def _chosen(grid: Grid, only: str | None) -> list[GridRun]:
    chosen = [run for run in grid.runs if only is None or fnmatch(run.notebook, only)]
    if not chosen:
        notebooks = sorted({run.notebook for run in grid.runs})
        raise ValueError(f"--only {only}: no run of this grid fits.{nearest(str(only), notebooks)}")
    return chosen


def ancestors(cell: Cell) -> Iterator[Cell]:
    """All that a cell builds on, the first to be run first."""
    for source in cell.sources.values():
        yield from ancestors(source)
        yield source


def _check_settings(runs: list[GridRun], settings: Mapping[str, Any]) -> None:
    declared = {name for run in runs for name in notebook_parameters(notebook_path(run.notebook))}
    for name in settings:
        if name not in declared:
            raise ValueError(
                f"--set {name}: no notebook of this grid has that parameter.{nearest(name, sorted(declared))}"
            )


def _expanded(grid: Grid, run: GridRun, by_id: Mapping[str, GridRun], settings: Mapping[str, Any]) -> list[Cell]:
    """The cells of one entry, refused before all are made where they are too many."""
    cells = list(itertools.islice(_expand(grid, run, by_id, settings), MAXIMUM_CELLS + 1))
    if len(cells) > MAXIMUM_CELLS:
        raise _too_many(grid)
    return cells


def _too_many(grid: Grid) -> ValueError:
    return ValueError(
        f"Grid '{grid.name}' states more than {MAXIMUM_CELLS:,} cells. Shorten its lists, or state a search of so many "
        "trials in their place."
    )


def _expand(grid: Grid, run: GridRun, by_id: Mapping[str, GridRun], settings: Mapping[str, Any]) -> Iterator[Cell]:
    path = notebook_path(run.notebook)
    declared = notebook_parameters(path)
    for name in run.parameters:
        if name not in declared:
            raise ValueError(f"Notebook '{run.notebook}' has no parameter '{name}'.{nearest(name, declared)}")
        if name in run.sources:
            _read(run.notebook, declared[name], "the id of a run")
    common = {"dataset": grid.dataset, "primary_metric": grid.primary_metric, "seed": grid.seeds}
    stated = {name: value for name, value in common.items() if name in declared}
    stated |= run.settings
    stated |= {name: value for name, value in settings.items() if name in declared}
    dimensions = {}
    for name, value in stated.items():
        values = value if isinstance(value, list) else [value]
        if not values:
            raise ValueError(f"Notebook '{run.notebook}': the list for '{name}' is empty; state at least one value.")
        dimensions[name] = [_read(run.notebook, declared[name], value) for value in values]
    sources = {name: source for name, source in run.sources.items() if name not in settings}
    candidates = [_expanded(grid, by_id[source], by_id, settings) for source in sources.values()]
    for combination in itertools.product(*dimensions.values()):
        parameters = dict(zip(dimensions, combination, strict=True))
        told = [*run.settings, *settings, "seed"]  # the seed last: it tells the least
        varied = {name: parameters[name] for name in told if name in parameters}
        for chosen in itertools.product(*(_of_seed(cells, parameters.get("seed")) for cells in candidates)):
            built_on = dict(zip(sources, chosen, strict=True))
            limits = (
                run.timeout or grid.timeout,
                run.cell_timeout or grid.cell_timeout,
                run.memory or grid.memory,
            )
            yield Cell(path, parameters, varied, built_on, run.gpus, *limits)


def _of_seed(cells: list[Cell], seed: Any) -> list[Cell]:
    """Those with this seed; all where none has it, as with a model without chance in it."""
    return [cell for cell in cells if cell.parameters.get("seed") == seed] or cells


def _read(notebook: str, declared: Parameter, value: Any) -> Any:
    """The value as the notebook gets it; of the metric that decides, also whether there is such a one."""
    try:
        read = declared.read(value)
    except ValueError as error:
        raise ValueError(f"Notebook '{notebook}': {error}") from error
    if declared.name == "primary_metric" and read not in DECISIVE_METRICS:
        raise ValueError(f"Notebook '{notebook}': unknown primary_metric '{read}'.{nearest(read, DECISIVE_METRICS)}")
    return read
