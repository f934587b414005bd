"""How a cell ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from textlab.runner.planning.cell import Cell


class CellStatus(StrEnum):
    """The status of a cell before it runs, and afterwards."""

    DUE = "due"
    DONE_BEFORE = "done before"
    FAILED_BEFORE = "failed before"
    DONE = "done"
    FAILED = "failed"  # a code cell raised an exception
    TIMED_OUT = "timed out"
    DIED = "died"  # the kernel ended without an exception
    INTERRUPTED = "interrupted"
    BLOCKED = "blocked"  # a cell that it builds on is not done
    LEFT_OUT = "left out"  # an earlier cell failed, and the grid stops at the first failure

    @property
    def is_success(self) -> bool:
        """Whether the cell has a finished run."""
        return self in (CellStatus.DONE, CellStatus.DONE_BEFORE)


@dataclass(frozen=True)
class Outcome:
    """How a cell ended.

    Attributes:
        run_id: id of the cell's run; None if it has none.
        seconds: wall-clock duration; 0 if nothing was executed.
        error: one line; None if the cell is done.
        notebook: path of the executed notebook, which exists if one was saved.
        metrics: metrics of the run; empty unless the grid has a search, which needs them.
        done_in: the other grid that executed the cell; "" if this grid did, or nobody.
    """

    cell: Cell
    status: CellStatus
    run_id: str | None
    seconds: float
    error: str | None
    notebook: Path
    metrics: Mapping[str, float] = field(default_factory=dict)
    done_in: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the cell has a finished run."""
        return self.status.is_success
