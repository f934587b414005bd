"""Find the cells that another grid has finished: their results are reused, because their content key is the same."""

from collections.abc import Collection, Iterable

from textlab import record
from textlab.runner.due.outcome import CellStatus
from textlab.runner.due.state import CellState
from textlab.runner.planning.grid_file import RESERVED_NAMES


def mark_done_elsewhere(states: Iterable[CellState], grid: str, force: Collection[str] = ()) -> None:
    """Mark each cell that is not done here as done if a run of another grid has its key.

    Args:
        grid: the name of this grid.
        force: keys of the cells that stay due.
    """
    if not record.store_exists():
        return
    for state in states:
        if state.status is CellStatus.DONE_BEFORE or state.cell.key in force:
            continue
        notebook = state.cell.notebook.name
        run = record.finished_elsewhere(state.fingerprint.key, notebook, without=(grid, *RESERVED_NAMES))
        if run is not None:
            state.status, state.run, state.done_in = CellStatus.DONE_BEFORE, run, record.grid_of(run)
            state.reason = f"done in grid {state.done_in}"
