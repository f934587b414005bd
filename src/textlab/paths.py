"""The folders of a checkout or a working folder, and functions that write a file completely or not at all."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARKER = ".textlab"  # the file by which a folder that `textlab init` made is recognised
DELIVERED = Path(__file__).resolve().parent / "delivered"  # in a wheel: notebooks, grids, the service
CHECKOUT = None if DELIVERED.is_dir() else Path(__file__).resolve().parents[2]


def _working_folder() -> Path | None:
    """Return the folder in TEXTLAB_ROOT, else the checkout or working folder around here, else the checkout."""
    if stated := os.environ.get("TEXTLAB_ROOT"):
        return Path(stated).expanduser().absolute()  # other processes start in other folders
    try:
        current = Path.cwd()
    except FileNotFoundError:  # somebody has removed it
        return CHECKOUT
    around = (folder for folder in (current, *current.parents) if folder == CHECKOUT or (folder / MARKER).is_file())
    return next(around, CHECKOUT)


_FOUND = _working_folder()
ROOT = _FOUND or Path.cwd()
RAW_DATA = ROOT / "data" / "raw"
NOTEBOOKS = ROOT / "notebooks"
EXPERIMENTS = ROOT / "experiments"
REPORTS = ROOT / "reports"
MLRUNS = ROOT / "mlruns"
MODELS = ROOT / "models"
PARTIAL = ".partial"


def supplies() -> Path:
    """Return the folder that holds what came with textlab: `notebooks`, `experiments` and `api`, the service."""
    return CHECKOUT or DELIVERED


def enter_working_folder() -> None:
    """Check that there is a working folder, and pass it on to the processes that this one starts.

    Only commands call this. A notebook or a script may use textlab without such a folder.

    Raises:
        FileNotFoundError: TEXTLAB_ROOT is not set, and neither this folder nor one above it is a working folder.
    """
    if _FOUND is None:
        raise FileNotFoundError(
            f"Neither {ROOT} nor a folder above it is a working folder. Make one with `textlab init FOLDER` and go "
            "there, or name one in TEXTLAB_ROOT."
        )
    if _FOUND != CHECKOUT:
        os.environ["TEXTLAB_ROOT"] = str(_FOUND)


def shown(path: Path) -> str:
    """Return a path for messages: relative to the working folder if it is inside, else in full."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file completely or not at all.

    The context yields a temporary path in the same folder. Write there. When the context ends, that file replaces
    `path` in one step, so readers see either the old content or the new content. If the context raises, `path`
    stays as it was. The temporary name is unique: if several processes write the same file, the last to finish wins.

    A power cut may still lose the newest content, because the function does not wait for the disk (no fsync).
    """
    partial = _temporary(path)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Write a folder completely or not at all.

    The context yields a new empty folder beside `path`. Write there. When the context ends, that folder replaces
    `path`. If the context raises, it is removed and `path` stays as it was. A folder cannot be replaced in one step:
    for a moment, `path` does not exist. If readers must not notice, write under a new name or hold a lock.

    Raises:
        OSError: another process has created `path` in the meantime.
    """
    partial, outgoing = _temporary(path), _temporary(path)
    partial.mkdir(parents=True)
    try:
        yield partial
        if path.exists():
            path.rename(outgoing)  # renaming is faster than removing, so the gap is short
        partial.rename(path)
    finally:
        for leftover in (partial, outgoing):
            shutil.rmtree(leftover, ignore_errors=True)


def remove_partial(path: Path) -> None:
    """Remove the temporary files that killed processes left beside `path`.

    Call this only while no other process can be writing `path`.
    """
    for leftover in path.parent.glob(f".{path.name}.*{PARTIAL}"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}{PARTIAL}")


def service_state() -> Path:
    """Return the state folder of the service: what `TEXTLAB_API_STATE` names, or .service in models/."""
    return Path(os.environ.get("TEXTLAB_API_STATE") or MODELS / ".service")


def service_feedback() -> Path | None:
    """Return the service's file of feedback; None if nothing has come in yet."""
    path = service_state() / "feedback.jsonl"
    return path if path.exists() and path.stat().st_size else None


def mirror() -> Path | None:
    """Return the folder that `TEXTLAB_MIRROR` names; None if the variable is not set.

    Datasets are read from this folder instead of the network.

    Raises:
        FileNotFoundError: the variable names a folder that does not exist.
    """
    name = os.environ.get("TEXTLAB_MIRROR")
    if not name:
        return None
    folder = Path(name).expanduser().resolve()
    if not folder.is_dir():
        raise FileNotFoundError(f"TEXTLAB_MIRROR names {folder}, which is not a folder. Unset it or correct it.")
    return folder
