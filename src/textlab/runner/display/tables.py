"""The tables that the batch command prints."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from textlab.evaluation.choice.wording import metric_text
from textlab.paths import EXPERIMENTS, shown
from textlab.record import Run, Status
from textlab.runner.due.state import CellState
from textlab.runner.executing.study import recorded_trials, study_name
from textlab.runner.planning.grid_file import read_grids
from textlab.runner.planning.grid_task import task_of
from textlab.runner.planning.notebook import Notebook, find_notebook, notebook_names
from textlab.runner.planning.search import Search

COLOURS = {"done before": "green", "due": "cyan", "failed before": "red"}
DIGITS = {"fit_seconds": 1, "bundle_mb": 1, "latency_ms": 2}


def leaderboard_table(table: pd.DataFrame, primary: str) -> Table:
    """The leaderboard in the width of a terminal: the primary metric and the cost of each model."""
    columns = {
        f"validation_{primary}": "validation",
        primary: "test",
        "fit_seconds": "fit s",
        "latency_ms": "ms a request",
        "bundle_mb": "MB",
    }
    title = f"Ranked by {metric_text(primary)} on validation"
    printed = Table(title=title, title_justify="left")
    printed.add_column("#", justify="right")
    printed.add_column("model", overflow="fold")
    datasets = table.loc[table["rank"].notna(), "dataset"].nunique()  # the name of a run on a share states the share
    for heading in ("seed", *columns.values()):
        printed.add_column(heading, justify="right")
    for row in table.to_dict("records"):
        numbers = [_number(row.get(name), DIGITS.get(name, 4)) for name in columns]
        described = [row["name"]]
        if row["status"] != "done":
            described.append(row["status"])
        if datasets > 1:
            described.append(row["dataset"])
        rank, seed = ("" if pd.isna(row[name]) else str(row[name]) for name in ("rank", "seed"))
        printed.add_row(rank, escape(", ".join(described)), seed, *numbers)
    return printed


def plan_table(states: Sequence[CellState]) -> Table:
    """A row for each cell: its parameters, whether it is due, and why. The caption shows what all cells share."""
    due = sum(state.is_due for state in states)
    title = f"{len(states)} cell{'s' * (len(states) > 1)}, {due} due"
    parameters = [{name: str(value) for name, value in state.cell.recorded_parameters.items()} for state in states]
    first = parameters[0] if parameters else {}
    shared = {name: value for name, value in first.items() if all(each.get(name) == value for each in parameters)}
    table = Table("#", "notebook", "parameters", "status", "why", title=title, title_justify="left")
    if shared:
        table.caption, table.caption_justify = escape(f"All with {_joined(shared)}"), "left"
    for number, (state, own) in enumerate(zip(states, parameters, strict=True), 1):
        distinct = _joined({name: value for name, value in own.items() if name not in shared})
        status = Text(state.status, style=COLOURS[state.status])
        table.add_row(str(number), state.cell.notebook.name, escape(distinct), status, escape(state.reason))
    return table


def _joined(parameters: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items())


def search_table(grid: str, searches: Sequence[Search], states: Mapping[str, CellState], runs: Sequence[Run]) -> Table:
    """A row for each search: what it searches, and how many of its trials are done.

    Args:
        grid: the grid's name.
        states: the states of the searches' bases, by `Cell.key`.
        runs: the grid's runs.
    """
    table = Table("search", "values", "trials", "done", title="Searches", title_justify="left")
    for search in searches:
        study = study_name(grid, search, states[search.base.key].fingerprint)
        done = {run.cell for run in recorded_trials(study, runs) if run.status is Status.DONE}
        spaces = ", ".join(f"{name}={_space(space)}" for name, space in search.spaces.items())
        table.add_row(escape(search.base.name), escape(spaces), str(search.trials), str(len(done)))
    return table


def _space(space: Any) -> str:
    return str(space) if isinstance(space, list) else f"{space['low']} to {space['high']}"


def catalogue() -> Iterator[Table]:
    """A table of all grids, then a table of parameters for each notebook."""
    grids = Table("grid", "task", "dataset", "notebooks", title="Grids", title_justify="left")
    for path in sorted(EXPERIMENTS.rglob("*.yaml")):
        try:
            stated = read_grids(path)
        except ValueError as error:  # a broken file does not hide the others
            grids.add_row(shown(path), "", "", f"[red]{escape(str(error))}[/red]")
        else:
            notebooks = dict.fromkeys(run.notebook for run in stated[0].runs)
            datasets = escape(", ".join(grid.dataset for grid in stated))
            grids.add_row(shown(path), task_of(stated[0]).name, datasets, ", ".join(notebooks))
    yield grids
    for name in notebook_names():
        table = Table("parameter", "type", "default", "meaning", title=f"Notebook {name}", title_justify="left")
        try:
            notebook = find_notebook(name)
            table.title = f"Notebook {name}, {notebook.task}" if notebook.task else table.title
            _add_parameters(table, notebook)
        except ValueError as error:  # a notebook that cannot run does not hide the others
            table.add_row("", "", "", f"[red]{escape(str(error))}[/red]")
        yield table


def _add_parameters(table: Table, notebook: Notebook) -> None:
    for parameter in notebook.all_parameters.values():
        meaning = f"{parameter.help} [under settings]" if parameter.name in notebook.settings else parameter.help
        table.add_row(parameter.name, parameter.type_name, escape(parameter.default), escape(meaning))


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.{digits}f}"
