"""TensorFlow's protocol buffers without TensorFlow. The service's only change of `sys.modules`.

`import tensorflow.core.protobuf...` first runs the package `tensorflow` itself, which takes seconds and about 300 MB.
An empty module replaces the package while a message module is imported, and is removed afterwards. The setting
TEXTLAB_API_ENGINE=saved_model imports the package first, so that nothing is replaced.
"""

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
    """The folder of the installed package tensorflow.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    found = find_spec("tensorflow")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("The package tensorflow is not installed. Install tensorflow-cpu.")
    return Path(found.origin).parent


@cache
def message(name: str, module: str) -> Any:
    """The class of a message, such as SavedModel in "tensorflow.core.protobuf.saved_model_pb2"."""
    with _empty_package():
        return getattr(import_module(module), name)


@contextmanager
def _empty_package() -> Iterator[None]:
    """Replace the package by an empty module, unless the package has been imported."""
    if "tensorflow" in sys.modules:
        yield
        return
    package = ModuleType("tensorflow")
    package.__path__ = [str(tensorflow_folder())]
    sys.modules["tensorflow"] = package
    try:
        yield
    finally:
        del sys.modules["tensorflow"]
