"""What an interrupted training goes on from: its state at each evaluation, in a folder named by content."""

import hashlib
import json
import logging
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from textlab import paths

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "checkpoints"
LIBRARIES = ("torch", "transformers", "tokenizers", "numpy")
MODULES = (
    *("batches", "checkpoint", "device", "loss", "network", "recipe", "training"),
    "../length_buckets",
)


def content_key(module: str, *parts: Any) -> str:
    """Of whatever decides the numbers: `parts`, the source of `module` and of those that train, library versions."""
    content = hashlib.sha256(json.dumps([*parts, [version(library) for library in LIBRARIES]]).encode())
    for name in (module, *MODULES):
        content.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return content.hexdigest()[:32]


class SavedProgress:
    """The state of one training on disk: tensors as safetensors, the rest as JSON.

    A state appears whole or not at all, and the one before it goes only then.
    """

    def __init__(self, key: str, folder: Path | None = None) -> None:
        self.folder = (FOLDER if folder is None else folder) / key

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Whether the state is this training's to keep; not while another process trains the same and keeps it."""
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
        """Keep the state after `step` steps."""
        from safetensors.torch import save_file

        part = self.folder / f".{uuid.uuid4().hex}.part"
        part.mkdir(parents=True)
        save_file(dict(tensors), part / "tensors.safetensors")
        (part / "progress.json").write_text(json.dumps(document), encoding="utf-8")
        older = self._states()
        part.rename(self.folder / f"step-{step:09d}")
        for state in older:
            shutil.rmtree(state)

    def read(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The tensors and the rest of the newest state; None where there is none."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        for state in reversed(self._states()):
            try:
                tensors = load_file(state / "tensors.safetensors")
                return tensors, json.loads((state / "progress.json").read_text(encoding="utf-8"))
            except (OSError, ValueError, SafetensorError) as error:
                logger.warning("%s is not used: %s", paths.shown(state), error)
                shutil.rmtree(state)
        return None

    def remove(self) -> None:
        """Forget the training: it is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _states(self) -> list[Path]:
        return sorted(self.folder.glob("step-*"))
