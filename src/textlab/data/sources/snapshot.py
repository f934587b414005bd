"""A snapshot, which `python -m textlab retrain` makes from training data and new labels: "snapshot:path/to/folder"."""

from pathlib import Path

from textlab.data.dataset import Dataset
from textlab.data.reading.files import locate
from textlab.data.snapshots import read_snapshot, snapshot_dataset

DESCRIPTION = "A snapshot that `retrain` made: training data with the new labels that passed the checks."
ARGUMENT = "PATH"


def load(path: str) -> Dataset:
    """Load a snapshot. Its validation and test splits hold the rows of the dataset that it was made from.

    Args:
        path: the snapshot's folder. A relative path is looked up in the working directory, then in the checkout.

    Raises:
        FileNotFoundError: the folder is not a finished snapshot.
        ValueError: a file of the snapshot is damaged.
    """
    return snapshot_dataset(read_snapshot(locate(path)))


def fetch(path: str) -> list[Path]:
    """Check the snapshot's files. There is nothing to download, so no path is returned.

    Raises:
        FileNotFoundError, ValueError: as for `load`.
    """
    read_snapshot(locate(path))
    return []
