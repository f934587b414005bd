"""Printed text is kept as a terminal would show it; progress bars are reported while they move."""

import io

import nbformat
import pytest
from nbformat.v4 import new_output
from rich.console import Console

from textlab.runner.display.progress import LiveProgress
from textlab.runner.kernels.engine import join_last
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan


def kept(*pieces):
    """The outputs that remain of pieces of (stream, text)."""
    outs = []
    for name, text in pieces:
        outs.append(new_output("stream", name=name, text=text))
        join_last(outs)
    return [(out.name, out.text) for out in outs]


@pytest.mark.parametrize(
    ("pieces", "left"),
    [
        ([("stdout", "a"), ("stdout", "b\n"), ("stdout", "c")], [("stdout", "ab\nc")]),
        ([("stdout", "a"), ("stderr", "b"), ("stdout", "c")], [("stdout", "a"), ("stderr", "b"), ("stdout", "c")]),
        ([("stderr", "\r 10%|"), ("stderr", "\r 20%|"), ("stderr", "\r100%|\n")], [("stderr", "100%|\n")]),
        ([("stdout", "one\r\n"), ("stdout", "two\r\n")], [("stdout", "one\r\ntwo\r\n")]),
        ([("stdout", "10\r"), ("stdout", "20\r"), ("stdout", "30")], [("stdout", "30")]),
    ],
)
def test_pieces_are_joined_and_overwritten_text_is_dropped(pieces, left):
    assert kept(*pieces) == left


def test_bars_are_reported_while_they_move_and_saved_once(notebooks, run):
    bar = "import time\nfor step in tqdm(range(5)): time.sleep(0.2)"
    notebooks("10_bars", f"from tqdm.auto import tqdm\n{bar}", f"from tqdm import tqdm\n{bar}", "1")
    (outcome,), heard = run("10_bars")
    assert outcome.status == "done"
    for code_cell in (3, 4):
        fractions = [bar for _, number, _, bar in heard if number == code_cell]
        assert fractions[0] is None
        assert fractions[1:] == sorted(fractions[1:])
        assert len(fractions) >= 3
        assert fractions[-1] == 1
    assert [bar for _, number, _, bar in heard if number == 5] == [None]
    widget, text = nbformat.read(outcome.notebook, as_version=4).cells[-3:-1]
    assert len(widget.outputs) == len(text.outputs) == 1
    assert text.outputs[0].text.count("%") == 1


def test_display_shows_the_progress_of_the_training_bar(notebooks):
    notebooks("10_x")
    cells = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": [{"notebook": "10_x"}]})).cells
    console = Console(file=io.StringIO(), width=100)
    progress = LiveProgress(cells, console)
    progress.start_code_cell(cells[0], 2, 5, None)
    progress.start_code_cell(cells[0], 2, 5, 0.374)
    console.print(progress.table())
    assert "2 of 5, 37%" in console.file.getvalue()
