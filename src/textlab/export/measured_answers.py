"""A bundle's answers and its memory, measured in a separate process that serves nothing else."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from textlab import paths
from textlab.bundle_format.documents import UnfinishedBundleError
from textlab.bundle_format.manifest import MANIFEST
from textlab.bundle_format.signature import read_signature
from textlab.data.examples import Examples, examples_columns
from textlab.record.machine import peak_memory_mb

FOLDER = paths.ROOT / "data" / "processed" / "measured_answers"


@dataclass(frozen=True)
class MeasuredAnswers:
    """A bundle's answers, and the memory of the process that computed them.

    Attributes:
        probabilities: one row per example, float32 (n, k).
        memory_mb: the peak memory of the process in units of 10^6 bytes. It covers Python, TensorFlow and the model,
            which answered in batches of 64.
    """

    probabilities: np.ndarray
    memory_mb: float


def measure_answers(
    bundle: Path, examples: Examples, label_names: Sequence[str], folder: Path | None = None
) -> MeasuredAnswers:
    """Run a bundle on the examples in a separate process, or read an earlier result for the same examples.

    Args:
        bundle: the folder of a bundle.
        examples: a frame with the model's input columns, n rows; or n texts, if text is the only input.
        label_names: the classes that the bundle must know, in this order.
        folder: the cache; None means data/processed/measured_answers.

    Raises:
        UnfinishedBundleError: the folder is not a finished bundle.
        ValueError: an input is missing, the bundle is damaged or knows other classes, or its process died.
    """
    from textlab.export.answers import content_key

    folder = FOLDER if folder is None else folder
    if not (bundle / MANIFEST).is_file():
        raise UnfinishedBundleError(f"{bundle} is not a finished bundle: {MANIFEST} is missing. Rerun the notebook.")
    columns = examples_columns(examples, read_signature(bundle).input_names, "The model")
    path = folder / f"{content_key(bundle, list(label_names), columns)}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with paths.replacing(path) as partial:
            _answer_in_process(bundle, json.dumps([list(label_names), columns]), partial)
    with np.load(path, allow_pickle=False) as kept:
        return MeasuredAnswers(kept["probabilities"], float(kept["memory_mb"]))


def _answer_in_process(bundle: Path, questions: str, output: Path) -> None:
    """Start this module as a separate process, and wait for it.

    Raises:
        ValueError: the process failed.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(questions)
        file.flush()
        command = [sys.executable, "-m", "textlab.export.measured_answers", str(bundle), file.name, str(output)]
        environment = {"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        last_line = (ended.stderr.strip().splitlines() or [""])[-1]
        raise ValueError(f"The model in {bundle} did not answer (exit code {ended.returncode}): {last_line}")


def _answer(bundle: str, questions: str, output: str) -> None:
    """Answer the questions in one file, and write answers and memory to another. The separate process runs this."""
    import pandas as pd

    from textlab.export.answers import answers_in_batches, check_classes
    from textlab.export.bundle import Bundle

    label_names, columns = json.loads(Path(questions).read_text(encoding="utf-8"))
    loaded = Bundle(Path(bundle))
    check_classes(loaded, label_names, Path(bundle))
    probabilities = answers_in_batches(loaded, pd.DataFrame(columns, dtype=object))
    with Path(output).open("wb") as file:
        np.savez(file, allow_pickle=False, probabilities=probabilities, memory_mb=peak_memory_mb())


if __name__ == "__main__":
    _answer(*sys.argv[1:])
