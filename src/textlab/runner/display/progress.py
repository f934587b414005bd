"""What a person sees while a grid runs: a live table on a terminal, plain lines elsewhere."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from textlab.runner.executing.execution import Outcome
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
ROWS = 20  # a longer grid shows what runs, then what has ended and what is due next


class Progress:
    """The state of every cell, shown as it changes.

    Args:
        cells: all of them, in order.
        console: where to; a live table if it is a terminal.
        expected: the seconds that a cell is expected to take, by `Cell.key`, where that is known.
        jobs: how many run at once.
        trials: how many cells more there may be, which are not known yet.
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

    def code_cell(self, cell: Cell, number: int, count: int, bar: float | None = None) -> None:
        """Code cell `number` of `count` of the notebook runs; may be told from any thread.

        Args:
            bar: how far its training bar is, from 0 to 1; None where it has none.
        """
        self._add(cell)
        is_new = cell.key not in self._started
        self._started.setdefault(cell.key, time.monotonic())
        self._running[cell.key] = (number, count, bar)
        if is_new and not self.console.is_terminal:
            self.console.print(f"{self._position(cell)} {cell.name}: started", highlight=False, soft_wrap=True)

    def finished(self, outcome: Outcome) -> None:
        """A cell has its verdict."""
        self._add(outcome.cell)
        self.outcomes[outcome.cell.key] = outcome
        self._running.pop(outcome.cell.key, None)
        line = f"{self._position(outcome.cell)} {outcome.cell.name}: {outcome.status}"
        if outcome.seconds:
            line += f" in {outcome.seconds:.0f} s"
        if outcome.error:
            line += f" - {outcome.error.splitlines()[0][:200]}"
        self.console.print(Text(line, style=COLOURS[outcome.status]), soft_wrap=True)

    def seconds_left(self) -> float | None:
        """How long the rest is expected to take; None while that is not known of every cell."""
        if len(self.cells) < self._total:
            return None
        left = []
        for cell in self.cells:
            if cell.key in self.outcomes:
                continue
            if cell.key not in self._expected:
                return None
            elapsed = time.monotonic() - self._started[cell.key] if cell.key in self._started else 0.0
            left.append(max(0.0, self._expected[cell.key] - elapsed))
        return max(sum(left) / self._jobs, max(left, default=0.0))

    def _add(self, cell: Cell) -> None:
        """Of a trial it is not known before that there will be this cell."""
        if cell.key not in self._numbers:
            self.cells.append(cell)
            self._numbers[cell.key] = len(self.cells)

    def _position(self, cell: Cell) -> str:
        return f"[{self._numbers[cell.key]}/{self._total}]"

    def _table(self) -> Table:
        title = f"{len(self.outcomes)} of {self._total} cells through"
        if (left := self.seconds_left()) is not None:
            title += f", about {_clock(left)} left"
        table = Table(title=title, expand=False)
        table.add_column("Notebook and parameters", overflow="fold")
        table.add_column("State")
        table.add_column("Code cell", justify="right")
        table.add_column("Elapsed", justify="right")
        table.add_column("Expected", justify="right")
        for cell in self._shown():
            table.add_row(*self._row(cell))
        return table

    def _shown(self) -> list[Cell]:
        """At most `ROWS` of the cells, in order: those that run, those that ended last, those that are due next."""
        running = [cell for cell in self.cells if cell.key in self._running]
        due = [cell for cell in self.cells if cell.key not in self._running and cell.key not in self.outcomes]
        ended = [outcome.cell for outcome in self.outcomes.values()]
        chosen = running[:ROWS]
        chosen += ended[-max(ROWS - len(chosen) - len(due), ROWS // 2) :][: ROWS - len(chosen)]
        chosen += due[: ROWS - len(chosen)]
        return sorted(chosen, key=lambda cell: self._numbers[cell.key])

    def _row(self, cell: Cell) -> tuple[Text, Text, str, str, str]:
        state, position, elapsed = "due", "", ""
        if cell.key in self.outcomes:
            state, elapsed = self.outcomes[cell.key].status, _clock(self.outcomes[cell.key].seconds)
        elif cell.key in self._running:
            number, count, bar = self._running[cell.key]
            state, position = "running", f"{number} of {count}"
            if bar is not None:
                position += f", {bar:.0%}"
            elapsed = _clock(time.monotonic() - self._started[cell.key])
        expected = _clock(self._expected[cell.key]) if cell.key in self._expected else ""
        return Text(cell.name), Text(state, style=COLOURS[state]), position, elapsed, expected


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d} min" if minutes else f"{seconds} s"
