"""What a person sees while a grid runs: a live table on a terminal, plain lines elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from textlab.runner.execution import Outcome
from textlab.runner.plan import Cell

COLOURS = {
    "done": "green",
    "failed": "red",
    "died": "red",
    "interrupted": "yellow",
    "running": "cyan",
    "due": "dim",
}
ROWS = 20  # a longer grid shows the rows around the one that runs


class Progress:
    """The state of every cell, shown as it changes.

    Args:
        cells: all of them, in order.
        console: where to; a live table if it is a terminal.
    """

    def __init__(self, cells: Sequence[Cell], console: Console) -> None:
        self.cells = list(cells)
        self.console = console
        self.outcomes: dict[str, Outcome] = {}
        self._running: dict[str, tuple[int, int]] = {}
        self._started: dict[str, float] = {}
        self._live = Live(get_renderable=self._table, console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def code_cell(self, cell: Cell, number: int, count: int) -> None:
        """Code cell `number` of `count` of the notebook has started."""
        self._started.setdefault(cell.key, time.monotonic())
        if cell.key not in self._running and not self.console.is_terminal:
            self.console.print(f"{self._position(cell)} {cell.name}: started", highlight=False, soft_wrap=True)
        self._running[cell.key] = (number, count)

    def finished(self, outcome: Outcome) -> None:
        """A cell has its verdict."""
        self.outcomes[outcome.cell.key] = outcome
        self._running.pop(outcome.cell.key, None)
        line = f"{self._position(outcome.cell)} {outcome.cell.name}: {outcome.status} in {outcome.seconds:.0f} s"
        if outcome.error:
            line += f" - {outcome.error.splitlines()[0][:200]}"
        self.console.print(Text(line, style=COLOURS[outcome.status]), soft_wrap=True)

    def _position(self, cell: Cell) -> str:
        return f"[{self.cells.index(cell) + 1}/{len(self.cells)}]"

    def _table(self) -> Table:
        table = Table(title=f"Cell {min(len(self.outcomes) + 1, len(self.cells))} of {len(self.cells)}", expand=False)
        table.add_column("Notebook and parameters", overflow="fold")
        table.add_column("State")
        table.add_column("Code cell", justify="right")
        table.add_column("Elapsed", justify="right")
        start = max(0, min(len(self.outcomes) - ROWS // 2, len(self.cells) - ROWS))
        for cell in self.cells[start : start + ROWS]:
            table.add_row(*self._row(cell))
        return table

    def _row(self, cell: Cell) -> tuple[Text, Text, str, str]:
        state, position, elapsed = "due", "", ""
        if cell.key in self.outcomes:
            state, elapsed = self.outcomes[cell.key].status, f"{self.outcomes[cell.key].seconds:.0f} s"
        elif cell.key in self._running:
            number, count = self._running[cell.key]
            state, position = "running", f"{number} of {count}"
            elapsed = f"{time.monotonic() - self._started[cell.key]:.0f} s"
        return Text(cell.name), Text(state, style=COLOURS[state]), position, elapsed
