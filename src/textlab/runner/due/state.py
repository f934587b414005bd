"""The state of each cell: whether it is due, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from textlab.record import Run, Status
from textlab.runner.due.fingerprint import Fingerprint, changes
from textlab.runner.due.outcome import CellStatus, Outcome
from textlab.runner.planning.cell import Cell

FINAL = (Status.FAILED, Status.TIMED_OUT)  # these would end the same way again; a dead kernel may have been killed


@dataclass(frozen=True)
class Trial:
    """The study that a cell is a trial of: its name, and the id of the run that its trials are nested under."""

    study: str
    parent_run_id: str


@dataclass
class CellState:
    """Everything that is known of a cell, before and after it runs.

    Attributes:
        fingerprint: what decides the cell's numbers.
        status: due, done before or failed before.
        reason: why the cell is due, how it failed, or which other grid executed it; "" if this grid did.
        run: the finished or failed run that `status` follows from; None if the cell is due.
        done_in: the other grid that `run` belongs to; "" if it belongs to this grid.
        expected_seconds: duration of the cell's newest finished run; None if it has none.
        expected_memory: largest number of bytes that a finished run of its notebook used; None if there is none.
        trial: the study that the cell is a trial of; None if it is a cell of the grid file.
        outcome: how the cell ended; None while it has not.
    """

    cell: Cell
    fingerprint: Fingerprint
    status: CellStatus
    reason: str = ""
    run: Run | None = None
    done_in: str = ""
    expected_seconds: float | None = None
    expected_memory: int | None = None
    trial: Trial | None = None
    outcome: Outcome | None = None

    @property
    def is_due(self) -> bool:
        """Whether the cell must be executed."""
        return self.status is CellStatus.DUE

    @property
    def is_settled(self) -> bool:
        """Whether nothing has to be executed or written for the cell."""
        return not self.is_due and not self.done_in

    @property
    def finished_run_id(self) -> str | None:
        """The id of the run that cells which build on this one receive; None while there is none."""
        if self.outcome is not None:
            return self.outcome.run_id if self.outcome.is_success else None
        return self.run.id if self.run is not None and self.status is CellStatus.DONE_BEFORE else None


def cell_states(
    cells: Sequence[Cell],
    fingerprints: Mapping[str, Fingerprint],
    runs: Sequence[Run],
    *,
    force: Collection[str] = (),
    retry_failed: bool = False,
) -> dict[str, CellState]:
    """The state of each cell, by `Cell.key`.

    Args:
        fingerprints: by `Cell.key`.
        runs: the grid's runs, newest first.
        force: keys of the cells that are due even if they are done.
        retry_failed: whether failed cells are due again.
    """
    runs_by_cell: dict[str, list[Run]] = {}
    memory: dict[str, int] = {}
    for run in runs:
        runs_by_cell.setdefault(run.cell, []).append(run)
        if run.status is Status.DONE and run.memory is not None:
            memory[run.notebook] = max(memory.get(run.notebook, 0), run.memory)
    states = {}
    for cell in cells:
        own_runs = runs_by_cell.get(cell.key, [])
        state = _cell_state(cell, fingerprints[cell.key], own_runs, cell.key in force, retry_failed)
        state.expected_seconds = next((run.seconds for run in own_runs if run.status is Status.DONE), None)
        state.expected_memory = memory.get(cell.notebook.name)
        states[cell.key] = state
    return states


def _cell_state(
    cell: Cell, fingerprint: Fingerprint, runs: Sequence[Run], force: bool, retry_failed: bool
) -> CellState:
    """The state of a cell whose runs, newest first, are `runs`."""
    same = [run for run in runs if run.key == fingerprint.key]
    finished = next((run for run in same if run.status is Status.DONE), None)
    if finished is not None:
        if force:
            return CellState(cell, fingerprint, CellStatus.DUE, "done before, but --force")
        return CellState(cell, fingerprint, CellStatus.DONE_BEFORE, run=finished)
    if same:
        newest = same[0]
        if newest.status in FINAL and not force and not retry_failed:
            reason = f"{newest.status}: {newest.error}".strip(" :")
            return CellState(cell, fingerprint, CellStatus.FAILED_BEFORE, reason, newest)
        return CellState(cell, fingerprint, CellStatus.DUE, f"{newest.status} before")
    return CellState(cell, fingerprint, CellStatus.DUE, _change(fingerprint, runs))


def _change(fingerprint: Fingerprint, runs: Sequence[Run]) -> str:
    """Describe how a cell differs from its newest finished run, or from its newest run if none is finished."""
    if not runs:
        return "new"
    newest = next((run for run in runs if run.status is Status.DONE), runs[0])
    described = changes(newest.fingerprint, fingerprint) if newest.fingerprint else []
    return "; ".join(described) or "its last run has no fingerprint"
