"""Read a file of torch's old format without unpickling it, which could run any code that a file holds.

Such a file is a row of pickles (magic number, protocol, system, tensors, keys of the storages) and then the storages:
for each its number of elements in 8 bytes, and its elements. The pickles are only looked through here, operation by
operation, for the strings in them.
"""

import hashlib
import pickletools
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

CONSTANTS = ("storage", "cpu")  # strings beside the name and the key of each tensor
COUNTER = "num_batches_tracked"  # the only tensors of 64-bit integers; inference does not need them


def read_storages(path: Path, sha256: str) -> dict[str, np.ndarray]:
    """Return the weights by name, float32 (n,) each: the elements in their order, without their shape.

    Args:
        path: the file, of a module's state dictionary whose tensors each have a storage of their own.
        sha256: the digest that its content must have, in hexadecimal digits.

    Raises:
        ValueError: the content is another one.
    """
    with path.open("rb") as file:
        if (found := hashlib.file_digest(file, "sha256").hexdigest()) != sha256:
            raise ValueError(f"{path} has the sha256 {found}, not {sha256}. Install its package again.")
        file.seek(0)
        for _ in ("magic number", "protocol", "system"):
            _operations(file)
        names = _names(_operations(file))
        keys = [argument for operation, argument in _operations(file) if operation == "BINUNICODE"]
        storages = {names[key]: _storage(file, names[key]) for key in keys}
    return {name: storage for name, storage in storages.items() if not name.endswith(COUNTER)}


def _operations(file: BinaryIO) -> list[tuple[str, Any]]:
    """Return the operations of the next pickle, with their arguments."""
    return [(operation.name, argument) for operation, argument, _ in pickletools.genops(file)]


def _names(operations: list[tuple[str, Any]]) -> dict[str, str]:
    """Return the name of the tensor that has each storage, by the key of the storage.

    The operation BINPERSID refers to a storage; the last two strings before it are the tensor's name and the key.
    """
    names, strings = {}, []
    for operation, argument in operations:
        if operation == "BINUNICODE" and argument not in CONSTANTS:
            strings.append(argument)
        elif operation == "BINPERSID":
            name, key = strings[-2:]
            names[key] = name
    return names


def _storage(file: BinaryIO, name: str) -> np.ndarray:
    kind = np.dtype("<i8" if name.endswith(COUNTER) else "<f4")
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * kind.itemsize), kind)
