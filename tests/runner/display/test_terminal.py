"""The terminal shows the progress of a grid: a live table on a terminal, plain lines elsewhere."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from textlab.runner.display.progress import LiveProgress
from textlab.runner.display.terminal import Terminal
from textlab.runner.due.outcome import CellStatus, Outcome
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan


@pytest.fixture
def cells(notebooks):
    notebooks("10_x")
    runs = [{"notebook": "10_x", "parameters": {"kind": ["a", "b"]}}]
    return plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": runs})).cells


def console():
    return Console(file=io.StringIO(), width=100)


def test_report_is_announced_where_no_spinner_can_turn():
    pipe = console()
    with Terminal(pipe).reporting():
        assert pipe.file.getvalue() == "Writing the report\n"


def test_lines_show_when_cells_start_and_how_they_end(cells):
    pipe = console()
    with LiveProgress(cells, pipe) as progress:
        progress.start_code_cell(cells[1], 1, 5)
        progress.start_code_cell(cells[1], 2, 5)
        progress.end_cell(Outcome(cells[1], CellStatus.FAILED, "r", 2.0, "KeyError: 'x'\nmore", Path("none.ipynb")))
    assert pipe.file.getvalue().splitlines() == [
        "[2/2] x kind=b seed=0: started",
        "[2/2] x kind=b seed=0: failed in 2 s - KeyError: 'x'",
    ]


def test_remaining_time_needs_the_expected_duration_of_every_cell(cells):
    first, second = (cell.key for cell in cells)
    assert LiveProgress(cells, console(), {first: 30.0}).seconds_left() is None
    assert LiveProgress(cells, console(), {first: 30.0, second: 10.0}).seconds_left() == 40
    assert LiveProgress(cells, console(), {first: 30.0, second: 10.0}, jobs=2).seconds_left() == 30


def test_trial_is_numbered_when_it_starts(cells):
    pipe = console()
    with LiveProgress(cells[:1], pipe, trials=1) as progress:
        progress.start_code_cell(cells[1], 1, 5)
    assert pipe.file.getvalue() == "[2/2] x kind=b seed=0: started\n"
