"""Claims: which of several runners executes a cell. The operating system releases a claim when its runner ends."""

from pathlib import Path

from filelock import FileLock, Timeout

from textlab import paths, record
from textlab.record import Status


class Claims:
    """The file locks of a grid's cells.

    Args:
        grid: the grid's name.
    """

    def __init__(self, grid: str) -> None:
        self._folder = paths.MLRUNS / "locks" / grid
        self._folder.mkdir(parents=True, exist_ok=True)
        self._held: dict[str, FileLock] = {}

    def acquire(self, key: str) -> bool:
        """Claim the cell with this key; return whether this runner holds the claim, and no other."""
        if key in self._held:
            return True
        lock = FileLock(self._folder / f"{key}.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._held[key] = lock
        return True

    def release(self, key: str) -> None:
        """Let other runners claim the cell."""
        self._held.pop(key).release()


def close_abandoned_runs(grid: str, folder: Path, claims: Claims) -> list[str]:
    """Close the runs that a lost runner left open, and remove its half-written notebooks.

    Returns:
        The ids of those runs.
    """
    closed = []
    for run in record.all_runs(grid):
        if not run.is_open or not claims.acquire(run.cell):  # another runner is executing it
            continue
        try:
            for partial in folder.glob(f".{run.cell}.*"):
                partial.unlink(missing_ok=True)
            if run.status is Status.DONE:  # the runner was lost after its verdict, before it closed the run
                record.close_run(run.id, Status.DONE)
            else:
                record.close_run(run.id, Status.INTERRUPTED, "The runner was lost.")
        finally:
            claims.release(run.cell)
        closed.append(run.id)
    return closed
