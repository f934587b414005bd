"""The runner's verdict on an executed notebook; papermill's own marks do not show that a kernel died."""

import json
from dataclasses import dataclass
from pathlib import Path

from textlab.iri_parser import postpone_iri_parser
from textlab.paths import replacing
from textlab.runner.due.outcome import CellStatus


@dataclass(frozen=True)
class Verdict:
    """How a notebook ended.

    Attributes:
        status: done, failed, died, timed out or interrupted.
        error: one line; None if the notebook is done.
        memory: largest number of bytes that the notebook was seen to use; None if that is unknown.
        is_lost: whether the machine failed rather than the notebook.
    """

    status: CellStatus
    error: str | None = None
    memory: int | None = None
    is_lost: bool = False


def sign(notebook: Path, **verdict: str | None) -> None:
    """Write the verdict into the metadata of an executed notebook."""
    postpone_iri_parser()
    import nbformat

    content = nbformat.read(notebook, as_version=4)
    content.metadata["textlab"] = verdict
    with replacing(notebook) as partial:
        nbformat.write(content, partial)


def signature(notebook: Path) -> object:
    """The verdict that `sign` wrote; None if there is no such notebook or no verdict in it."""
    if not notebook.exists():
        return None
    return json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("textlab")
