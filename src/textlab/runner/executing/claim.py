"""Which runner executes a cell: the one that holds its lock, which the system takes back when that process ends."""

from pathlib import Path

from filelock import FileLock, Timeout

from textlab import tracking


class Claims:
    """The locks of a grid's cells.

    Args:
        experiment: the grid's name.
    """

    def __init__(self, experiment: str) -> None:
        self._folder = tracking.MLRUNS / "locks" / experiment
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
    for run in tracking.experiment_runs(experiment):
        cell, status = run.data.tags["textlab.cell"], run.data.tags.get("textlab.status")
        # A notebook ends its run in MLflow before the runner has seen how it went.
        is_open = status == "running" or run.info.status == "RUNNING"
        if not is_open or not claims.take(cell):  # another runner is at it
            continue
        try:
            for partial in folder.glob(f".{cell}.*"):
                partial.unlink(missing_ok=True)
            if status == "done":  # the verdict stood, the last word was missing
                tracking.close_run(run.info.run_id, "done", None, [])
            else:
                tracking.close_run(run.info.run_id, "interrupted", "Its runner went away.", [])
        finally:
            claims.give_back(cell)
        closed.append(run.info.run_id)
    return closed
