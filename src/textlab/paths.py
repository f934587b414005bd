"""Where things lie in a checkout of textlab."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(os.environ.get("TEXTLAB_ROOT", Path(__file__).resolve().parents[2]))
RAW_DATA = ROOT / "data" / "raw"
NOTEBOOKS = ROOT / "notebooks"
EXPERIMENTS = ROOT / "experiments"
REPORTS = ROOT / "reports"
MLRUNS = ROOT / "mlruns"
MODELS = ROOT / "models"


def shown(path: Path) -> str:
    """The path for people: as seen from the checkout, where it lies in it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, which becomes `path` once what is written there is whole, and else is removed."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def mirror() -> Path | None:
    """The folder that `TEXTLAB_MIRROR` names, read instead of the network; None where it is not set.

    Raises:
        FileNotFoundError: the variable names a folder that does not exist.
    """
    named = os.environ.get("TEXTLAB_MIRROR")
    if not named:
        return None
    folder = Path(named).expanduser().resolve()
    if not folder.is_dir():
        raise FileNotFoundError(f"TEXTLAB_MIRROR names {folder}, which is not a folder. Unset it or correct it.")
    return folder
