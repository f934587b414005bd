"""Dataset modules: the modules in `sources/`, discovered automatically and checked for completeness."""

import importlib
import inspect
import logging
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from textlab.data.benchmark import Benchmark
from textlab.data.task_dataset import TaskDataset
from textlab.spelling import did_you_mean

logger = logging.getLogger(__name__)

PACKAGE = "textlab.data.sources"


@dataclass(frozen=True)
class Source:
    """A dataset module that has passed its checks.

    Attributes:
        name: the module's name, such as "tweet_eval".
        module: the module itself.
        description: one sentence.
        variants: the names after the slash, such as "irony" in "tweet_eval/irony"; () if there is only one dataset.
        argument: what follows a colon instead, such as "PATH" in "file:PATH"; usually "".
        options: the keyword parameters of its `load`, by name.
    """

    name: str
    module: ModuleType
    description: str
    variants: tuple[str, ...]
    argument: str
    options: Mapping[str, Parameter]

    @property
    def names(self) -> list[str]:
        """The names under which `textlab.data.load` finds its datasets."""
        if self.argument:
            return [f"{self.name}:{self.argument}"]
        return [f"{self.name}/{variant}" for variant in self.variants] or [self.name]

    def task_of(self, variant: str, options: Mapping[str, Any] = MappingProxyType({})) -> str:
        """Return the task of a variant's dataset, which the return type of the module's `load` or its `task` states.

        Args:
            variant: the variant, the path of a file, or "".
            options: the options of `load`; `task` gets those that it takes.

        Returns:
            The task, such as "retrieval"; "" if the module does not say.
        """
        if hasattr(self.module, "task"):
            taken = inspect.signature(self.module.task).parameters
            return str(self.module.task(variant, **{name: options[name] for name in options if name in taken}))
        returned = inspect.signature(self.module.load, eval_str=True).return_annotation
        is_dataset = isinstance(returned, type) and issubclass(returned, TaskDataset)
        return str(getattr(returned, "task", "")) if is_dataset else ""

    def load(self, variant: str, options: Mapping[str, Any]) -> TaskDataset:
        """Load one of its datasets.

        Raises:
            ValueError: the module's `load` returned something else than a dataset.
        """
        dataset = self.module.load(*([variant] if variant else []), **options)
        if not isinstance(dataset, TaskDataset):
            raise ValueError(
                f"{self.module.__name__}.load returned an object of type {type(dataset).__name__}. "
                "It must return a dataset of textlab.data, such as textlab.data.Dataset."
            )
        return dataset

    def fetch(self, variant: str) -> list[Path]:
        """Download and verify the source's files, for all variants if none is named; return their paths."""
        if not hasattr(self.module, "fetch"):
            return []
        if variant or not self.variants:
            return list(self.module.fetch(*([variant] if variant else [])))
        return [path for each in self.variants for path in self.module.fetch(each)]


def available_sources() -> dict[str, Source]:
    """Return every dataset module by name. Broken or incomplete modules are logged and left out."""
    found = {}
    for name in _module_names():
        try:
            found[name] = _read(name)
        except Exception as error:  # noqa: BLE001, importing somebody's module may fail in any way
            reason = str(error) if isinstance(error, IncompleteSourceError) else f"{type(error).__name__}: {error}"
            logger.warning("%s.%s is left out: %s", PACKAGE, name, " ".join(reason.split()))
    return found


def names() -> list[str]:
    """Return every name that `textlab.data.load` takes, such as "airline", "tweet_eval/irony" and "file:PATH"."""
    return [name for source in available_sources().values() for name in source.names]


def find_source(name: str) -> Source:
    """Return the dataset module called `name`; no other is imported, so a broken one does not matter.

    Raises:
        ValueError: the module does not exist or is incomplete.
        Exception: whatever importing it raises.
    """
    if name in _module_names():
        return _read(name)
    known = available_sources()
    available = ", ".join(each for source in known.values() for each in source.names)
    raise ValueError(
        f"Unknown dataset '{name}'.{did_you_mean(name, known)} Available: {available}. "
        "Add one as src/textlab/data/sources/<name>.py."
    )


def benchmark_of(datasets: Sequence[str]) -> Benchmark | None:
    """Return the benchmark to which all these datasets belong; None if there is none."""
    sources = {name.partition("/")[0] for name in datasets} & set(_module_names())
    found = [getattr(_read(name).module, "BENCHMARK", None) for name in sources]
    return next((each for each in found if each is not None and set(datasets) <= set(each.measures)), None)


class IncompleteSourceError(ValueError):
    """A module in `sources/` lacks something that a dataset needs."""


def _module_names() -> list[str]:
    folder = importlib.import_module(PACKAGE).__path__
    return sorted(info.name for info in pkgutil.iter_modules(folder) if not info.name.startswith("_"))


def _read(name: str) -> Source:
    module = importlib.import_module(f"{PACKAGE}.{name}")
    if missing := [part for part in ("DESCRIPTION", "load") if not hasattr(module, part)]:
        raise IncompleteSourceError(
            f"{module.__name__} has no {' and no '.join(missing)}. Add what is missing, "
            f"or rename the module to _{name} if it is not a dataset."
        )
    variants, argument = getattr(module, "VARIANTS", ()), getattr(module, "ARGUMENT", "")
    if not isinstance(variants, tuple):
        raise IncompleteSourceError(
            f'VARIANTS of {module.__name__} is not a tuple. Write one, such as ("small", "large").'
        )
    options = _options(module, bool(variants or argument))
    return Source(name, module, module.DESCRIPTION, variants, argument, options)


def _options(module: ModuleType, has_variants: bool) -> dict[str, Parameter]:
    parameters = dict(inspect.signature(module.load, eval_str=True).parameters)
    first = next(iter(parameters), "")
    if has_variants and (not first or parameters[first].kind is Parameter.KEYWORD_ONLY):
        raise IncompleteSourceError(
            f"{module.__name__}.load takes no variant. Give it one as its first parameter: load(variant: str)."
        )
    if has_variants or first == "variant":
        del parameters[first]
    for name, parameter in parameters.items():
        if Parameter.empty in (parameter.annotation, parameter.default):
            raise IncompleteSourceError(
                f"Option '{name}' of {module.__name__}.load lacks a type or a default. "
                f"Write both, such as {name}: int = 1."
            )
    return parameters
