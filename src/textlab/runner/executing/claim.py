"""Which runner executes a cell: the one that holds its lock, which the system takes back when that process ends."""

from pathlib import Path

from filelock import FileLock, Timeout

from textlab import paths, record
from textlab.record import Status


class Claims:
    """The locks of a grid's cells.

    Args:
        experiment: the grid's name.
    """

    def __init__(self, experiment: str) -> None:
        self._folder = paths.MLRUNS / "locks" / experiment
        self._folder.mkdir(parents=True, exist_ok=True)
        self._held: dict[str, FileLock] = {}

    def take(self, cell: str) -> bool:
        """Whether the cell with this key is this runner's now; not while another one holds it."""
        if cell in self._held:
            return True
        lock = FileLock(self._folder / f"{cell}.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._held[cell] = lock
        return True

    def give_back(self, cell: str) -> None:
        """Others may take it."""
        self._held.pop(cell).release()


def close_abandoned(experiment: str, folder: Path, claims: Claims) -> list[str]:
    """Close the MLflow runs that a runner which has gone left open, and remove its half-written notebooks.

    Returns:
        The ids of those runs.
    """
    closed = []
    for run in record.all_runs(experiment):
        if not run.is_open or not claims.take(run.cell):  # another runner is at it
            continue
        try:
            for partial in folder.glob(f".{run.cell}.*"):
                partial.unlink(missing_ok=True)
            if run.status is Status.DONE:  # the runner was lost after its verdict, before it closed the run
                record.close_run(run.id, Status.DONE)
            else:
                record.close_run(run.id, Status.INTERRUPTED, "Its runner went away.")
        finally:
            claims.give_back(run.cell)
        closed.append(run.id)
    return closed
