"""labels.json: the names of the classes, in the order of the probabilities."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from .documents import EXTRA, BundleError, read_document, write_document

LABELS = EXTRA / "labels.json"


def read_labels(folder: Path) -> tuple[str, ...]:
    """The class names of the bundle in `folder`.

    Raises:
        BundleError: the file is missing, or it is not a list of two or more different names.
    """
    labels = read_document(folder, LABELS)
    are_names = isinstance(labels, list) and all(_is_name(label) for label in labels)
    if not are_names or len(labels) < 2 or len(set(labels)) != len(labels):
        raise BundleError(
            f"The bundle {folder} is damaged: {LABELS} is not a list of two or more different names. "
            "Export or promote the model again."
        )
    return tuple(labels)


def _is_name(label: object) -> bool:
    """Return whether an entry is a string that UTF-8 can encode; JSON may escape half of a surrogate pair."""
    return isinstance(label, str) and label.encode("utf-8", errors="ignore").decode() == label


def labels_digest(labels: Sequence[str]) -> str:
    """16 hexadecimal digits that identify the classes and their order. Probabilities are recorded with them."""
    return hashlib.sha256(json.dumps(list(labels)).encode()).hexdigest()[:16]


def write_labels(folder: Path, labels: Sequence[str]) -> None:
    """Write labels.json into the bundle in `folder`."""
    write_document(folder / LABELS, list(labels))
