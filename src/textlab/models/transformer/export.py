"""The export of a transformer, in a process of its own, because TensorFlow and torch do not share one well."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def export_in_a_process(module: str, save: Callable[[Path], None], folder: Path, *options: str) -> None:
    """Write the SavedModel into `folder`.

    Args:
        module: the full name of the module that writes the SavedModel: `python -m module FOLDER TARGET OPTIONS`.
        save: writes the checkpoint of a model into a folder, as transformers does.
        folder: where the SavedModel is written.
        options: further arguments of the module.

    Raises:
        RuntimeError: the other process failed; the message contains its output.
    """
    with tempfile.TemporaryDirectory() as scratch:
        save(Path(scratch))
        run_in_a_process(module, Path(scratch), folder, *options)


def run_in_a_process(module: str, checkpoint: Path, folder: Path, *options: str) -> None:
    """Run a module that writes the SavedModel of a checkpoint into `folder`; see `export_in_a_process`."""
    written = subprocess.run(
        [sys.executable, "-m", module, str(checkpoint), str(folder.absolute()), *options],
        capture_output=True,
        text=True,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"},
        check=False,
    )
    if written.returncode:
        printed = written.stderr.strip()
        reason = printed.splitlines()[-1] if printed else f"exit code {written.returncode}"
        raise RuntimeError(f"The export of this model to TensorFlow failed: {reason}\n{printed}")
