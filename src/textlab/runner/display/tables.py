"""The tables that the batch command prints."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from textlab.paths import EXPERIMENTS, shown
from textlab.record import Run, Status
from textlab.runner.due.fingerprint import Fingerprint
from textlab.runner.due.state import State
from textlab.runner.executing.search import recorded_trials, study_name
from textlab.runner.planning.grid import read_grid
from textlab.runner.planning.notebook import notebook_names, notebook_parameters, notebook_path
from textlab.runner.planning.plan import Cell, Search

COLOURS = {"done": "green", "due": "cyan", "failed before": "red"}
DIGITS = {"fit_seconds": 1, "bundle_mb": 1, "latency_ms": 2}


def leaderboard_table(table: pd.DataFrame, primary: str) -> Table:
    """The leaderboard in the width of a terminal: the primary metric, two more, and what the model costs."""
    columns = {
        f"validation_{primary}": "validation",
        primary: "test",
        "fit_seconds": "fit s",
        "latency_ms": "ms a tweet",
        "bundle_mb": "MB",
    }
    title = f"Ranked by {primary} on validation"
    printed = Table(title=title, title_justify="left")
    printed.add_column("#", justify="right")
    printed.add_column("model", overflow="fold")
    for heading in ("seed", *columns.values()):
        printed.add_column(heading, justify="right")
    for row in table.to_dict("records"):
        numbers = [_number(row[name], DIGITS.get(name, 4)) for name in columns]
        told = [row["name"]] + [row["status"]] * (row["status"] != "done")
        told += [row["dataset"]] * (table["dataset"].nunique() > 1)
        rank, seed = ("" if pd.isna(row[name]) else str(row[name]) for name in ("rank", "seed"))
        printed.add_row(rank, escape(", ".join(told)), seed, *numbers)
    return printed


def plan_table(cells: Sequence[Cell], states: Mapping[str, State]) -> Table:
    """What would be run and why: a row a cell. What all have in common stands below."""
    due = sum(states[cell.key].kind == "due" for cell in cells)
    title = f"{len(cells)} cell{'s' * (len(cells) > 1)}, {due} due"
    stated = [{name: str(value) for name, value in cell.stated.items()} for cell in cells]
    first = stated[0] if stated else {}
    common = {name: value for name, value in first.items() if all(each.get(name) == value for each in stated)}
    table = Table("#", "notebook", "parameters", "state", "why", title=title, title_justify="left")
    if common:
        table.caption, table.caption_justify = escape(f"All with {_listed(common)}"), "left"
    for number, (cell, given) in enumerate(zip(cells, stated, strict=True), 1):
        state = states[cell.key]
        parameters = _listed({name: value for name, value in given.items() if name not in common})
        shown_state = Text(state.kind, style=COLOURS[state.kind])
        table.add_row(str(number), cell.notebook.stem, escape(parameters), shown_state, escape(state.why))
    return table


def _listed(parameters: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items())


def search_table(
    experiment: str, searches: Sequence[Search], fingerprints: Mapping[str, Fingerprint], runs: Sequence[Run]
) -> Table:
    """What would be searched, and how far each search is: a row a search.

    Args:
        fingerprints: of the searches' `base`, by `Cell.key`.
        runs: the grid's runs.
    """
    table = Table("search", "where", "trials", "done", title="Searches", title_justify="left")
    for search in searches:
        study = study_name(experiment, search, fingerprints[search.base.key])
        done = {run.cell for run in recorded_trials(study, runs) if run.status is Status.DONE}
        where = ", ".join(f"{name}={_range(given)}" for name, given in search.ranges.items())
        table.add_row(escape(search.base.name), escape(where), str(search.trials), str(len(done)))
    return table


def _range(given: Any) -> str:
    return str(given) if isinstance(given, list) else f"{given['low']} to {given['high']}"


def catalogue() -> Iterator[Table]:
    """What there is: the grids, then each notebook with its parameters."""
    grids = Table("grid", "dataset", "notebooks", title="Grids", title_justify="left")
    for path in sorted(EXPERIMENTS.glob("*.yaml")):
        try:
            grid = read_grid(path)
        except ValueError as error:  # one broken file must not hide the others
            grids.add_row(shown(path), "", f"[red]{escape(str(error))}[/red]")
        else:
            notebooks = dict.fromkeys(run.notebook for run in grid.runs)
            grids.add_row(shown(path), escape(grid.dataset), ", ".join(notebooks))
    yield grids
    for name in notebook_names():
        table = Table("parameter", "type", "default", "meaning", title=f"Notebook {name}", title_justify="left")
        for parameter in notebook_parameters(notebook_path(name)).values():
            table.add_row(parameter.name, parameter.type_name, escape(parameter.default), escape(parameter.help))
        yield table


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.{digits}f}"
