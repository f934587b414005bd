"""The saved state of a training, from which it resumes after an interruption."""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from textlab import paths
from textlab.reach import code_digest

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "checkpoints"
LIBRARIES = ("torch", "transformers", "tokenizers", "numpy")
WITHOUT_EFFECT = ("textlab.data", "textlab.models.transformer.export")  # the texts themselves are part of the key


def content_key(module: str, *parts: Any) -> str:
    """Return a key for everything that decides the numbers of a training.

    Args:
        module: the full name of the module that trains, in the folder of a family; its code and the code that it
            imports count, except the export, which is the folder's module `graph`.
        parts: everything else that decides the numbers, fit for JSON.
    """
    graph = f"{module.rpartition('.')[0]}.graph"
    code = code_digest(module, without=(*WITHOUT_EFFECT, graph), libraries=LIBRARIES)
    return hashlib.sha256(json.dumps([*parts, code]).encode()).hexdigest()[:32]


class SavedProgress:
    """The state of one training on disk: tensors as safetensors, the rest as JSON.

    A state appears as a whole or not at all, and only then is the previous one removed.

    Args:
        key: identifies the training; see `content_key`.
        folder: holds the states of all trainings; None is data/processed/checkpoints.
    """

    def __init__(self, key: str, folder: Path | None = None) -> None:
        self.folder = (FOLDER if folder is None else folder) / key

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Yield whether this process may save the state; it may not while another one runs the same training."""
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / ".lock", thread_local=False)
        with suppress(Timeout):
            lock.acquire(timeout=0)
        try:
            yield lock.is_locked
        finally:
            lock.release()

    def write(self, step: int, tensors: Mapping[str, Any], document: Mapping[str, Any]) -> None:
        """Save the state after `step` steps."""
        from safetensors.torch import save_file

        newest = self.folder / f"step-{step:09d}"
        with paths.replacing_folder(newest) as partial:
            save_file(dict(tensors), partial / "tensors.safetensors")
            (partial / "progress.json").write_text(json.dumps(document), encoding="utf-8")
        for state in self._states():
            if state != newest:
                shutil.rmtree(state)

    def read(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return the tensors and the rest of the newest readable state, or None."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        for state in reversed(self._states()):
            try:
                tensors = load_file(state / "tensors.safetensors")
                return tensors, json.loads((state / "progress.json").read_text(encoding="utf-8"))
            except (OSError, ValueError, SafetensorError) as error:
                logger.warning(
                    "The saved state %s is not used, because it cannot be read: %s", paths.shown(state), error
                )
                shutil.rmtree(state)
        return None

    def remove(self) -> None:
        """Remove the state of a finished training."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _states(self) -> list[Path]:
        return sorted(self.folder.glob("step-*"))


@contextmanager
def claimed(saved: SavedProgress | None) -> Iterator[SavedProgress | None]:
    """Yield where a training saves its state: `saved`, or None while another process runs the same training."""
    if saved is None:
        yield None
        return
    with saved.claimed() as is_ours:
        if not is_ours:
            logger.warning("Another process runs the same training and saves its state. This one saves none.")
        yield saved if is_ours else None
