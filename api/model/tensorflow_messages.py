"""The protocol buffers of TensorFlow, without TensorFlow."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any


@cache
def tensorflow_folder() -> Path:
    """Where the package tensorflow is installed.

    Raises:
        ModuleNotFoundError: it is not.
    """
    found = find_spec("tensorflow")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("The package tensorflow is not installed. Install tensorflow-cpu.")
    return Path(found.origin).parent


@cache
def message(name: str, module: str) -> Any:
    """The class of a message, such as SavedModel of "tensorflow.core.protobuf.saved_model_pb2"."""
    with _package_alone():
        return getattr(import_module(module), name)


@contextmanager
def _package_alone() -> Iterator[None]:
    """Modules of the package can be imported without the package itself, which takes seconds and 300 MB."""
    if "tensorflow" in sys.modules:
        yield
        return
    folder = tensorflow_folder()
    package = ModuleType("tensorflow")
    package.__path__ = [str(folder)]
    sys.modules["tensorflow"] = package
    try:
        yield
    finally:
        del sys.modules["tensorflow"]
