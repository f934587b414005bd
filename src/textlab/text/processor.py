"""Process texts in named steps, with the same results in Python and in a TensorFlow graph.

A step is a module in `textlab.text.steps` that defines one subclass of `Step`; the module's name is the step's name.
"""

import importlib
import inspect
import json
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

PACKAGE = "textlab.text.steps"
FILE = "text_processor.json"


@dataclass(frozen=True, eq=False)
class InGraph:
    """A function of a string tensor (n,) that returns a string tensor (n,), and the lookup tables that it reads.

    A module that is saved with the function must hold `tables` in an attribute, or TensorFlow does not save them.
    """

    function: Callable[[Any], Any]
    tables: tuple[Any, ...] = ()

    def __call__(self, texts: Any) -> Any:
        return self.function(texts)


class Step(ABC):
    """One step of a text processor. A step without state implements `apply` and `in_graph` alone."""

    @property
    def name(self) -> str:
        """The name of the step's module."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def apply(self, text: str) -> str:
        """Process one text."""

    @abstractmethod
    def in_graph(self, folder: Path) -> InGraph:
        """Return the step for a TensorFlow graph, from core operations only.

        Args:
            folder: an existing folder for the files of lookup tables. They must stay until the SavedModel is written,
                which copies them.
        """

    def save(self, folder: Path) -> None:  # noqa: B027, most steps have nothing to save
        """Write what `apply` needs into an existing folder."""

    def load(self, folder: Path) -> None:  # noqa: B027
        """Read what `save` wrote."""


class TextProcessor:
    """An ordered list of steps, which each take the text that the step before returns."""

    def __init__(self, *steps: Step) -> None:
        self.steps = steps

    @property
    def names(self) -> list[str]:
        """The names of the steps, in order."""
        return [step.name for step in self.steps]

    def apply(self, texts: Iterable[str]) -> list[str]:
        """Process texts."""
        return [reduce(lambda processed, step: step.apply(processed), self.steps, text) for text in texts]

    def in_graph(self, folder: Path) -> InGraph:
        """Return all steps as one function for a TensorFlow graph; `Step.in_graph` describes `folder`."""
        parts = [step.in_graph(folder) for step in self.steps]
        tables = tuple(table for part in parts for table in part.tables)
        return InGraph(lambda texts: reduce(lambda processed, part: part(processed), parts, texts), tables)

    def save(self, folder: Path) -> None:
        """Write the names of the steps and what each needs into an existing folder."""
        (folder / FILE).write_text(json.dumps({"steps": self.names}), encoding="utf-8")
        for step in self.steps:
            step.save(folder)

    @classmethod
    def load(cls, folder: Path) -> "TextProcessor":
        """Read a processor that `save` wrote. A folder without one is from a model that only normalises.

        Raises:
            ValueError: the file lists no steps, or one that does not exist.
        """
        path = folder / FILE
        document = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"steps": ["normalise"]}
        names = document.get("steps") if isinstance(document, dict) else None
        if not isinstance(names, list):
            raise ValueError(f"{path} lists no steps of a text processor. Save the model again.")
        processor = cls(*(step_class(name)() for name in names))
        for step in processor.steps:
            step.load(folder)
        return processor


def step_names() -> list[str]:
    """Return the names of all steps: the modules in `textlab.text.steps`."""
    return [module.name for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__)]


def step_class(name: str) -> type[Step]:
    """Return the class of the step called `name`.

    Raises:
        ValueError: there is no such step, or its module does not define exactly one.
    """
    if name not in step_names():
        raise ValueError(
            f"Unknown text step '{name}'. Available: {', '.join(step_names())}. Add one as "
            "src/textlab/text/steps/<name>.py."
        )
    module = importlib.import_module(f"{PACKAGE}.{name}")
    found = [
        value
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, Step) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ValueError(f"{module.__name__} defines {len(found)} steps. Define one subclass of Step in it.")
    return found[0]
