"""The counts of ended processes. Counters and histograms are kept. Gauges describe the present, so they are not.

    metrics/counts.json            in the state folder: the counts of ended runs
    run-<id>/metrics/*.snapshot    one file for each worker of a run, which holds its lock while it lives
    run-<id>/metrics/counts.json   the counts of the dead workers of this run

Renaming the new `counts.json` adds the counts of several files in one step. The file names the files whose counts it
contains, so none is counted twice if the process dies before it has removed them.
"""

import fcntl
import json
import logging
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from api.file_locks import is_held, locked, replace
from api.observing.snapshot_file import content_of
from api.observing.snapshots import Snapshot
from api.set_aside import set_aside

logger = logging.getLogger("textlab_api")

FOLDER = "metrics"  # in the state folder, and in the folder of each run
COUNTS = "counts.json"
SUFFIX = ".snapshot"
READ_SECONDS = 2.0  # longest wait of a scrape


def reading(folder: Path) -> AbstractContextManager[None]:
    """Hold the shared lock of a metrics folder, so that no process moves counts between its files.

    Raises:
        OSError: the folder is missing or cannot be written, or the lock was held for longer than READ_SECONDS.
    """
    return locked(folder / "lock", fcntl.LOCK_SH, READ_SECONDS)


def add_dead_workers(folder: Path) -> None:
    """Move the counts of dead workers of a run to the `counts.json` of the run.

    Args:
        folder: the metrics folder of the run.

    Raises:
        OSError: the counts cannot be written. They stay where they are.
    """
    if any(not is_held(path) for path in folder.glob(f"*{SUFFIX}")):
        with locked(folder / "lock"):
            _move([path for path in folder.glob(f"*{SUFFIX}") if not is_held(path)], folder)


def add_ended_run(run: Path, total: Path) -> None:
    """Move the counts of an ended run to those of all runs before it.

    Args:
        run: the metrics folder of the run. It may be missing.
        total: the metrics folder in the state folder.

    Raises:
        OSError: the counts cannot be written. They stay where they are.
    """
    files = [*run.glob(f"*{SUFFIX}"), *run.glob(COUNTS)]
    if files:
        total.mkdir(mode=0o700, exist_ok=True)
        with locked(total / "lock"):
            _move(files, total)


def counts_in(folder: Path) -> tuple[Snapshot, set[str]]:
    """The counts in the `counts.json` of a folder, and the names of the files that they contain.

    A damaged file is renamed and counts as empty.
    """
    path = folder / COUNTS
    try:
        document = json.loads(path.read_bytes())
        return Snapshot.of_document(document["counts"]), set(document["files"])
    except FileNotFoundError:
        return Snapshot(), set()
    except (ValueError, KeyError, TypeError, RecursionError, IsADirectoryError):
        set_aside(path)
        return Snapshot(), set()


def snapshots_in(folder: Path, own: Path, contained: set[str]) -> Iterator[tuple[Snapshot, bool]]:
    """The snapshots of the other workers of a run, each with whether the worker is alive.

    Args:
        folder: the metrics folder of the run.
        own: this worker's file, which is skipped.
        contained: names of files whose counts are in `counts.json` already. They are skipped.
    """
    for path in folder.glob(f"*{SUFFIX}"):
        if path != own and _name(path) not in contained:
            yield _snapshot(path), is_held(path)


def compressed(snapshot: Snapshot) -> bytes:
    """The content of a worker's file."""
    return zlib.compress(json.dumps(snapshot.document(), separators=(",", ":")).encode(), 1)


def _move(files: list[Path], folder: Path) -> None:
    counts, contained = counts_in(folder)
    for path in files:
        if _name(path) not in contained:
            counts.add(counts_in(path.parent)[0] if path.name == COUNTS else _snapshot(path), gauges=False)
    document = {"files": [_name(path) for path in files], "counts": counts.document()}
    replace(folder / COUNTS, json.dumps(document).encode())
    for path in files:
        path.unlink(missing_ok=True)


def _snapshot(path: Path) -> Snapshot:
    try:
        return Snapshot.of_document(json.loads(zlib.decompress(content_of(path))))
    except (ValueError, OSError, zlib.error, RecursionError):
        logger.warning("a file of counts is damaged", extra={"fields": {"file": path.name}})
        return Snapshot()


def _name(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.name}"
