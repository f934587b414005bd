"""What is known of each cell before anything starts: done, due and why, or failed before."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from textlab.runner.due.fingerprint import Fingerprint, changes
from textlab.runner.planning.cell import Cell

FINAL = ("failed", "timed out")  # what would end the same way again; a kernel that died may have been killed


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
    runs: Sequence[Any],
    *,
    force: Collection[str] = (),
    retry_failed: bool = False,
) -> dict[str, State]:
    """The state of each cell by `Cell.key`.

    Args:
        fingerprints: by `Cell.key`.
        runs: the MLflow runs of the grid, newest first.
        force: the cells, by `Cell.key`, that are due also if they are done.
        retry_failed: what failed is due again.
    """
    of_cell: dict[str, list[Any]] = {}
    taken: dict[str, int] = {}
    for run in runs:
        tags = run.data.tags
        of_cell.setdefault(tags["textlab.cell"], []).append(run)
        if tags.get("textlab.status") == "done" and "textlab.memory" in tags:
            notebook = tags.get("textlab.notebook", "")
            taken[notebook] = max(taken.get(notebook, 0), int(tags["textlab.memory"]))
    found = {}
    for cell in cells:
        state = _state(fingerprints[cell.key], of_cell.get(cell.key, []), cell.key in force, retry_failed)
        found[cell.key] = replace(state, memory=taken.get(cell.notebook.name))
    return found


def _state(fingerprint: Fingerprint, runs: Sequence[Any], force: bool, retry_failed: bool) -> State:
    """Of the cell with these runs, newest first."""
    done = [run for run in runs if run.data.tags.get("textlab.status") == "done"]
    seconds = _seconds(done[0]) if done else None
    same = [run for run in runs if run.data.tags.get("textlab.key") == fingerprint.key]
    finished = [run for run in same if run in done]
    if finished:
        if force:
            return State("due", "done before, but --force", None, seconds)
        return State("done", "", finished[0].info.run_id, seconds)
    if same:
        newest = same[0].data.tags
        status = newest.get("textlab.status", "running")
        if status in FINAL and not force and not retry_failed:
            told = f"{status}: {newest.get('textlab.error', '')}".strip(" :")
            return State("failed before", told, same[0].info.run_id, seconds)
        return State("due", f"{status} before", None, seconds)
    if not runs:
        return State("due", "new", None, seconds)
    compared = (done or list(runs))[0].data.tags.get("textlab.fingerprint")
    told = "; ".join(changes(json.loads(compared), fingerprint)) if compared else ""
    return State("due", told or "its last run does not say what it was made from", None, seconds)


def _seconds(run: Any) -> float | None:
    """How long a run took: by the runner's own clock, which nobody sets, else by MLflow's."""
    if told := run.data.tags.get("textlab.seconds"):
        return float(told)
    return max(0.0, (run.info.end_time - run.info.start_time) / 1000) if run.info.end_time else None
