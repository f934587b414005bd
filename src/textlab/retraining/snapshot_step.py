"""The first step of a retrain: the snapshot of training data and new labels."""

import itertools
import shutil
from datetime import UTC, datetime
from pathlib import Path

from textlab import data
from textlab.data.snapshots import Snapshot, read_snapshot
from textlab.export.bundle import Bundle
from textlab.retraining.request import Request
from textlab.retraining.rollout import Rollout
from textlab.retraining.rows import build_snapshot, known_values, read_feedback, read_labelled
from textlab.retraining.rows.review import decisions_file, read_decisions
from textlab.retraining.state import State, retrains
from textlab.runner.planning.grid import Grid
from textlab.sealing import Keys

FOLDER = "snapshot"
NEW = ".new"  # a retrain whose id follows from its snapshot
DIGITS = 8  # the id holds so many digits of the digest


def snapshot_of(folder: Path) -> Snapshot | None:
    """Return the finished snapshot of a retrain; None if there is none."""
    try:
        return read_snapshot(folder / FOLDER)
    except FileNotFoundError:
        return None


def open_retrain(base: Path, request: Request, grid: Grid, champion: Path) -> State:
    """Find the retrain that the request continues, or begin one with its snapshot.

    Without an id, the newest unfinished retrain with the same grid is continued. If there is none, a snapshot is made,
    and its digest and the date are the id. With the same data, grid and champion, an earlier retrain is continued, so
    that a decision is not made again.

    Args:
        base: the folder of the name's retrains.
        request: what the user asked for.
        grid: the grid.
        champion: the folder of the champion's bundle.

    Raises:
        ValueError: the retrain of this id has another grid, or the new rows are not as they must be.
    """
    stated = grid.model_dump(mode="json")
    if request.id is not None:
        state = State(base / request.id)
        if state.get("grid") not in (None, stated):
            raise ValueError(
                f"The retrain {request.id} was begun with another grid than {request.grid}. Give that grid, or another "
                "--id."
            )
        return _begun(state, request, grid, champion)
    earlier = [state for state in retrains(base) if state.get("grid") == stated]
    if unfinished := [state for state in earlier if _is_unfinished(state)]:
        return _begun(unfinished[0], request, grid, champion)
    folder = base / NEW
    shutil.rmtree(folder, ignore_errors=True)  # an interrupted call may have left it
    _begun(State(folder), request, grid, champion)
    digest = read_snapshot(folder / FOLDER).digest
    for state in earlier:
        if state.get("digest") == digest and int(champion.name) in _champions(state):
            shutil.rmtree(folder)
            return state
    target = _unused(base, f"{datetime.now(UTC):%Y-%m-%d}-{digest[:DIGITS]}")
    folder.rename(target)
    return State(target)


def _is_unfinished(state: State) -> bool:
    """Return whether a retrain has not decided yet, or has begun a rollout that has not ended."""
    rollout = Rollout(state.folder)
    return state.get("gate") is None or (rollout.phase is not None and not rollout.has_ended)


def _champions(state: State) -> set[int | None]:
    """Return the numbers of the champion that a retrain was compared with, and of the one that it has promoted."""
    return {state.get("gate")["champion"]["number"], Rollout(state.folder).get("number")}


def _unused(base: Path, name: str) -> Path:
    """Return the first folder that does not exist: name, name.2, name.3 and so on."""
    names = itertools.chain([name], (f"{name}.{number}" for number in itertools.count(2)))
    return next(base / each for each in names if not (base / each).exists())


def _begun(state: State, request: Request, grid: Grid, champion: Path) -> State:
    """Make the snapshot of a retrain unless it is there, and record what the retrain is about."""
    if snapshot_of(state.folder) is None:
        _build(state.folder / FOLDER, request, grid, champion)
    if state.get("grid") is None:
        began, digest = datetime.now(UTC).isoformat(timespec="seconds"), read_snapshot(state.folder / FOLDER).digest
        state.record(grid=grid.model_dump(mode="json"), began=began, digest=digest)
    return state


def _build(folder: Path, request: Request, grid: Grid, champion: Path) -> None:
    """Read the new rows, check them, and write the snapshot."""
    if request.feedback is None and not request.labelled:
        raise ValueError(
            "There are no new rows to learn from. Name the service's feedback with --feedback, or a file of newly "
            "labelled examples with --labelled."
        )
    base, keys = data.load(grid.dataset), Keys.from_environment()
    new = []
    if request.feedback:
        new.append(read_feedback(request.feedback, request.name, keys, base.inputs, known_values(base)))
    new += [read_labelled(path, base.inputs) for path in request.labelled]
    decisions = read_decisions(decisions_file(request.name))
    folder.parent.mkdir(parents=True, exist_ok=True)
    build_snapshot(base, new, Bundle(champion), folder, decisions=decisions, keys=keys)
