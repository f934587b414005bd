"""The progress of a grid: a live table in a terminal, plain lines elsewhere."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from textlab.runner.due.outcome import Outcome
from textlab.runner.planning.cell import Cell

COLOURS = {
    "done": "green",
    "done before": "dim green",
    "failed": "red",
    "failed before": "red",
    "timed out": "red",
    "died": "red",
    "blocked": "yellow",
    "interrupted": "yellow",
    "left out": "yellow",
    "running": "cyan",
    "due": "dim",
}
ROWS = 20  # a longer grid shows the running cells first, then the last that ended and the next that are due


class LiveProgress:
    """The status of every cell, displayed as it changes.

    Args:
        cells: the planned cells, in order.
        console: the live table needs a terminal; other consoles receive plain lines.
        expected: expected duration in seconds of each cell that has one, by `Cell.key`.
        jobs: number of cells that run at once.
        trials: number of trials, whose cells are not known yet.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        console: Console,
        expected: Mapping[str, float] | None = None,
        jobs: int = 1,
        trials: int = 0,
    ) -> None:
        self.cells = list(cells)
        self.console = console
        self.outcomes: dict[str, Outcome] = {}
        self._expected, self._jobs = dict(expected or {}), jobs
        self._running: dict[str, tuple[int, int, float | None]] = {}
        self._started: dict[str, float] = {}
        self._total = len(self.cells) + trials
        self._numbers = {cell.key: number for number, cell in enumerate(self.cells, 1)}
        self._live = Live(get_renderable=self.table, console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def start_code_cell(self, cell: Cell, number: int, count: int, bar: float | None = None) -> None:
        """Show that code cell `number` of `count` runs; may be called from any thread.

        Args:
            bar: progress of the code cell's progress bar, from 0 to 1; None if it has none.
        """
        self._add(cell)
        is_new = cell.key not in self._started
        self._started.setdefault(cell.key, time.monotonic())
        self._running[cell.key] = (number, count, bar)
        if is_new and not self.console.is_terminal:
            self.console.print(f"{self._position(cell)} {cell.name}: started", highlight=False, soft_wrap=True)

    def end_cell(self, outcome: Outcome) -> None:
        """Print how a cell ended."""
        self._add(outcome.cell)
        self.outcomes[outcome.cell.key] = outcome
        self._running.pop(outcome.cell.key, None)
        line = f"{self._position(outcome.cell)} {outcome.cell.name}: {outcome.status}"
        if outcome.done_in:
            line += f" in grid {outcome.done_in}"
        if outcome.seconds:
            line += f" in {outcome.seconds:.0f} s"
        if outcome.error:
            line += f" - {outcome.error.splitlines()[0][:200]}"
        self.console.print(Text(line, style=COLOURS[outcome.status]), soft_wrap=True)

    def seconds_left(self) -> float | None:
        """The expected remaining duration; None while the duration of a cell is unknown."""
        if len(self.cells) < self._total:
            return None
        remaining = []
        for cell in self.cells:
            if cell.key in self.outcomes:
                continue
            if cell.key not in self._expected:
                return None
            elapsed = time.monotonic() - self._started[cell.key] if cell.key in self._started else 0.0
            remaining.append(max(0.0, self._expected[cell.key] - elapsed))
        return max(sum(remaining) / self._jobs, max(remaining, default=0.0))

    def table(self) -> Table:
        """The live table."""
        title = f"{len(self.outcomes)} of {self._total} cells completed"
        if (seconds := self.seconds_left()) is not None:
            title += f", about {_duration(seconds)} left"
        table = Table(title=title, expand=False)
        table.add_column("Notebook and parameters", overflow="fold")
        table.add_column("Status")
        table.add_column("Code cell", justify="right")
        table.add_column("Elapsed", justify="right")
        table.add_column("Expected", justify="right")
        for cell in self._visible_cells():
            table.add_row(*self._row(cell))
        return table

    def _add(self, cell: Cell) -> None:
        """Number the cell of a trial, which no plan contains."""
        if cell.key not in self._numbers:
            self.cells.append(cell)
            self._numbers[cell.key] = len(self.cells)

    def _position(self, cell: Cell) -> str:
        return f"[{self._numbers[cell.key]}/{self._total}]"

    def _visible_cells(self) -> list[Cell]:
        """At most `ROWS` cells, in order: the running ones, the last that ended, and the next that are due."""
        running = [cell for cell in self.cells if cell.key in self._running]
        due = [cell for cell in self.cells if cell.key not in self._running and cell.key not in self.outcomes]
        ended = [outcome.cell for outcome in self.outcomes.values()]
        visible = running[:ROWS]
        visible += ended[-max(ROWS - len(visible) - len(due), ROWS // 2) :][: ROWS - len(visible)]
        visible += due[: ROWS - len(visible)]
        return sorted(visible, key=lambda cell: self._numbers[cell.key])

    def _row(self, cell: Cell) -> tuple[Text, Text, str, str, str]:
        status, position, elapsed = "due", "", ""
        if cell.key in self.outcomes:
            status, elapsed = self.outcomes[cell.key].status, _duration(self.outcomes[cell.key].seconds)
        elif cell.key in self._running:
            number, count, bar = self._running[cell.key]
            status, position = "running", f"{number} of {count}"
            if bar is not None:
                position += f", {bar:.0%}"
            elapsed = _duration(time.monotonic() - self._started[cell.key])
        expected = _duration(self._expected[cell.key]) if cell.key in self._expected else ""
        return Text(cell.name), Text(status, style=COLOURS[status]), position, elapsed, expected


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d} min" if minutes else f"{seconds} s"
