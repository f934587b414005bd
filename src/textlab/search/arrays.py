"""Arrays of an index: plain .npy files, mapped into memory."""

from pathlib import Path

import numpy as np

from .settings import SearchIndexError


def write_array(path: Path, values: np.ndarray) -> None:
    """Write an array; nothing is pickled."""
    np.save(path, np.ascontiguousarray(values), allow_pickle=False)


def read_array(path: Path) -> np.ndarray:
    """Map an array into memory, for reading only.

    Raises:
        SearchIndexError: the file is missing, cut or no array.
    """
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))  # a plain view: slices of it are faster
    except (OSError, ValueError) as error:
        raise SearchIndexError(
            f"The index in {path.parent} is damaged: {path.name} cannot be read as an array. Build the index again, or "
            "restore the folder."
        ) from error
