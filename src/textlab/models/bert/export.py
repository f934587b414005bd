"""The export of a fine-tuned BERT, in a process of its own, because TensorFlow and torch do not share one well."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def export_in_a_process(save: Callable[[Path], None], folder: Path, maximum_length: int) -> None:
    """Write the SavedModel into `folder`.

    Args:
        save: writes the checkpoint of a BertForSequenceClassification into a folder, as transformers does.
        folder: where the SavedModel is written.
        maximum_length: the maximum number of word pieces read, including [CLS] and [SEP].

    Raises:
        RuntimeError: the other process failed; the message contains its output.
    """
    with tempfile.TemporaryDirectory() as scratch:
        save(Path(scratch))
        options = ["--maximum-length", str(maximum_length)]
        written = subprocess.run(
            [sys.executable, "-m", "textlab.models.bert.graph", scratch, str(folder.absolute()), *options],
            capture_output=True,
            text=True,
            env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"},
            check=False,
        )
    if written.returncode:
        printed = written.stderr.strip()
        reason = printed.splitlines()[-1] if printed else f"exit code {written.returncode}"
        raise RuntimeError(f"The export of this BERT to TensorFlow failed: {reason}\n{printed}")
