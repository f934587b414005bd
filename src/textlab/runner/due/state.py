"""What is known of each cell before anything starts: done, due and why, or failed before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from textlab.record import Run, Status
from textlab.runner.due.fingerprint import Fingerprint, changes
from textlab.runner.planning.plan import Cell

FINAL = (Status.FAILED, Status.TIMED_OUT)  # what would end the same way again; a kernel that died may have been killed


@dataclass(frozen=True)
class State:
    """Of one cell.

    Attributes:
        kind: "done", "due" or "failed before".
        why: it is due, or how it failed; "" where it is done.
        run_id: the MLflow run that says so; None where there is none.
        seconds: how long its newest finished run took; None where there is none.
        memory: the most bytes that a finished run of its notebook took; None where there is none that says so.
    """

    kind: str
    why: str
    run_id: str | None
    seconds: float | None
    memory: int | None = None


def states(
    cells: Sequence[Cell],
    fingerprints: Mapping[str, Fingerprint],
    runs: Sequence[Run],
    *,
    force: Collection[str] = (),
    retry_failed: bool = False,
) -> dict[str, State]:
    """The state of each cell by `Cell.key`.

    Args:
        fingerprints: by `Cell.key`.
        runs: the grid's runs, newest first.
        force: the cells, by `Cell.key`, that are due also if they are done.
        retry_failed: what failed is due again.
    """
    of_cell: dict[str, list[Run]] = {}
    taken: dict[str, int] = {}
    for run in runs:
        of_cell.setdefault(run.cell, []).append(run)
        if run.status is Status.DONE and run.memory is not None:
            taken[run.notebook] = max(taken.get(run.notebook, 0), run.memory)
    found = {}
    for cell in cells:
        state = _state(fingerprints[cell.key], of_cell.get(cell.key, []), cell.key in force, retry_failed)
        found[cell.key] = replace(state, memory=taken.get(cell.notebook.stem))
    return found


def _state(fingerprint: Fingerprint, runs: Sequence[Run], force: bool, retry_failed: bool) -> State:
    """Of the cell with these runs, newest first."""
    done = [run for run in runs if run.status is Status.DONE]
    seconds = done[0].seconds if done else None
    same = [run for run in runs if run.key == fingerprint.key]
    finished = [run for run in same if run in done]
    if finished:
        if force:
            return State("due", "done before, but --force", None, seconds)
        return State("done", "", finished[0].id, seconds)
    if same:
        newest = same[0]
        if newest.status in FINAL and not force and not retry_failed:
            return State("failed before", f"{newest.status}: {newest.error}".strip(" :"), newest.id, seconds)
        return State("due", f"{newest.status} before", None, seconds)
    if not runs:
        return State("due", "new", None, seconds)
    compared = (done or list(runs))[0].fingerprint
    told = "; ".join(changes(compared, fingerprint)) if compared else ""
    return State("due", told or "its last run does not say what it was made from", None, seconds)
