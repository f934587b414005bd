"""A bundle tried out in a process of its own: what it answers, and how much memory a process takes that serves it."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from textlab import paths
from textlab.export.manifest import MANIFEST
from textlab.record.machine import peak_memory_mb

FOLDER = paths.ROOT / "data" / "processed" / "trials"


@dataclass(frozen=True)
class Trial:
    """What came of it.

    Attributes:
        answers: the probabilities of the texts, float32 (n, k).
        memory_mb: the most memory that the process held, in units of 10^6 bytes: Python, TensorFlow and the model,
            answering in batches of 64.
    """

    answers: np.ndarray
    memory_mb: float


def try_bundle(bundle: Path, texts: Sequence[str], label_names: Sequence[str], folder: Path | None = None) -> Trial:
    """Ask the bundle for the texts, or read from the cache what it said to the same texts before.

    Args:
        bundle: the folder of a bundle.
        texts: n raw strings.
        label_names: the classes that the answers shall be about, in this order.
        folder: the cache, by content; None is data/processed/trials.

    Raises:
        FileNotFoundError: it is no finished bundle.
        ValueError: it differs from its manifest, knows other classes, or its process died; the message says which.
    """
    folder = FOLDER if folder is None else folder
    manifest = bundle / MANIFEST
    if not manifest.is_file():
        raise FileNotFoundError(f"{bundle} is no finished bundle: it has no {MANIFEST}. Run its notebook again.")
    asked = json.dumps([list(label_names), list(texts)])
    path = folder / f"{hashlib.sha256(manifest.read_bytes() + asked.encode()).hexdigest()[:32]}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{path.stem}.{uuid.uuid4().hex}.npz"
        _run(bundle, asked, part)
        part.replace(path)
    with np.load(path, allow_pickle=False) as kept:
        return Trial(kept["answers"], float(kept["memory_mb"]))


def _run(bundle: Path, asked: str, output: Path) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as questions:
        questions.write(asked)
        questions.flush()
        command = [sys.executable, "-m", "textlab.export.trial", str(bundle), questions.name, str(output)]
        environment = {"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        last_line = (ended.stderr.strip().splitlines() or [""])[-1]
        raise ValueError(f"The model in {bundle} could not be asked (exit code {ended.returncode}): {last_line}")


def _answer(bundle: str, questions: str, output: str) -> None:
    """In the process of its own."""
    from textlab.export.answers import answers_in_batches
    from textlab.export.bundle import Bundle

    label_names, texts = json.loads(Path(questions).read_text(encoding="utf-8"))
    loaded = Bundle(Path(bundle))
    if loaded.label_names != label_names:
        raise ValueError(f"It tells {', '.join(loaded.label_names)} apart; expected {', '.join(label_names)}.")
    found = answers_in_batches(loaded, texts)
    np.savez(output, allow_pickle=False, answers=found, memory_mb=peak_memory_mb())


if __name__ == "__main__":
    _answer(*sys.argv[1:])
