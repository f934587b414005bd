"""The terminal shows the progress of a grid: a live table on a terminal, plain lines elsewhere."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from textlab.runner.command import app
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


def test_each_of_several_datasets_is_named_in_a_short_line():
    pipe = Console(file=io.StringIO(), width=10_000)  # as wide as the command makes it for a pipe
    Terminal(pipe).print_dataset("file:[bold]x.csv")
    Terminal(pipe).print_table(Path("reports/tasks/index.html"))
    lines = [line.rstrip() for line in pipe.file.getvalue().splitlines() if line]
    assert lines[0] == "Dataset          file:[bold]x.csv"
    assert [len(line) < 100 for line in lines] == [True] * 3


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


def test_table_is_not_cut_where_the_output_goes_into_a_pipe(notebooks, monkeypatch, tmp_path):
    meaning = "a meaning of many words, " * 12 + "which ends here"
    notebooks("10_x", parameters=f"rate: float = 0.5  # {meaning}")
    notebooks("20_broken", parameters=None)
    monkeypatch.setattr("textlab.runner.display.tables.EXPERIMENTS", tmp_path)
    listed = CliRunner().invoke(app, ["--list"], env={"COLUMNS": None})
    assert listed.exit_code == 0, listed.output
    assert meaning in listed.output
    assert "Notebook '20_broken' declares no parameters. Give one of its code cells the tag" in listed.output
    narrow = CliRunner().invoke(app, ["--list"], env={"COLUMNS": "80"})
    assert max(map(len, narrow.output.splitlines())) <= 80, "who states a width gets it"


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
