"""A dataset's name as one string: "airline", "tweet_eval/irony", "file:tweets.csv?text=tweet"."""

import importlib
import inspect
import logging
import pkgutil
import types
import typing
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from textlab.spelling import did_you_mean

logger = logging.getLogger(__name__)

PACKAGE = "textlab.data.sources"


@dataclass(frozen=True)
class Request:
    """A resolved name: the source module, the variant (or a file's path) and the options for its `load`."""

    source: ModuleType
    name: str
    variant: str
    options: dict[str, Any]

    def canonical_name(self) -> str:
        """The name with every option that was given in its query, in alphabetical order."""
        query = urlencode(sorted(self.options.items()), quote_via=quote, safe="/")
        return f"{self.name}?{query}" if query else self.name


def available_sources() -> dict[str, ModuleType]:
    """Every module of textlab.data.sources that has a DESCRIPTION and a `load`, by name. None is listed by hand.

    A module that cannot be imported is left out, and named in the log with its error.
    """
    modules, broken = _modules()
    for name, error in broken.items():
        logger.warning("%s.%s cannot be imported: %s", PACKAGE, name, error)
    return {name: module for name, module in modules.items() if _is_source(module)}


def _modules() -> tuple[dict[str, ModuleType], dict[str, str]]:
    """The modules of textlab.data.sources, and the errors of those that cannot be imported."""
    modules, broken = {}, {}
    for name in _module_names():
        try:
            modules[name] = importlib.import_module(f"{PACKAGE}.{name}")
        except Exception as error:  # noqa: BLE001, somebody's module may fail in any way
            broken[name] = " ".join(f"{type(error).__name__}: {error}".split())
    return modules, broken


def _module_names() -> list[str]:
    folder = importlib.import_module(PACKAGE).__path__
    return sorted(info.name for info in pkgutil.iter_modules(folder) if not info.name.startswith("_"))


def _is_source(module: ModuleType) -> bool:
    return hasattr(module, "DESCRIPTION") and hasattr(module, "load")


def names() -> list[str]:
    """Every name that `load` takes, e.g. "airline" and "tweet_eval/irony"; a file is there as "file:PATH"."""
    return _names(available_sources())


def _names(known: dict[str, ModuleType]) -> list[str]:
    return [name for source, module in known.items() for name in names_of(source, module)]


def names_of(name: str, module: ModuleType) -> list[str]:
    """The names of one source: one, or one for each variant."""
    argument = getattr(module, "ARGUMENT", "")
    if argument:
        return [f"{name}:{argument}"]
    return [f"{name}/{variant}" for variant in module.VARIANTS] or [name]


def resolve(spec: str, options: dict[str, Any], *, all_variants: bool = False) -> Request:
    """Finds the source that a name means and checks variant and options before anything is read.

    Args:
        spec: the name, with options as a query if there are any.
        options: further options by name.
        all_variants: whether the bare name of a source with variants will do.

    Raises:
        ValueError: an unknown name, variant or option, or an option's value of the wrong type.
    """
    address, _, query = spec.partition("?")
    name, separator, variant = _cut(address)
    source = _source(name)
    if getattr(source, "ARGUMENT", ""):
        if separator != ":" or not variant:
            raise ValueError(f"Dataset '{name}' needs a path: '{name}:path/to/tweets.csv', not '{spec}'.")
    elif variant or separator or (source.VARIANTS and not all_variants):
        _check_variant(name, variant, source)
    return Request(source, address, variant, _options(name, source, query, options))


def _cut(address: str) -> tuple[str, str, str]:
    position = min((address.find(mark) for mark in "/:" if mark in address), default=len(address))
    return address[:position], address[position : position + 1], address[position + 1 :]


def _source(name: str) -> ModuleType:
    # Only the one module is imported: a broken new source must not break the others.
    if name in _module_names():
        module = importlib.import_module(f"{PACKAGE}.{name}")
        if _is_source(module):
            return module
    known = available_sources()
    raise ValueError(
        f"Unknown dataset '{name}'.{did_you_mean(name, known)} Available: {', '.join(_names(known))}. "
        "Add one as src/textlab/data/sources/<name>.py."
    )


def _check_variant(name: str, variant: str, source: ModuleType) -> None:
    if variant in source.VARIANTS:
        return
    if not source.VARIANTS:
        raise ValueError(f"Dataset '{name}' has no variants, so '{variant}' is unknown; load it as '{name}'.")
    available = f"Available: {', '.join(names_of(name, source))}."
    if not variant:
        raise ValueError(f"Dataset '{name}' needs a variant. {available}")
    hint = did_you_mean(variant, source.VARIANTS)
    raise ValueError(f"Unknown variant '{variant}' of dataset '{name}'.{hint} {available}")


def _options(name: str, source: ModuleType, query: str, given: dict[str, Any]) -> dict[str, Any]:
    signature = inspect.signature(source.load, eval_str=True)
    known = {key: parameter for key, parameter in signature.parameters.items() if key != "variant"}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise ValueError(f"'?{query}' is no query; write options as '{name}?option=value&other=value'.") from error
    keys = [key for key, _ in pairs] + list(given)
    for key in keys:
        if key not in known:
            available = f"Available: {', '.join(known) or 'none'}."
            raise ValueError(f"Unknown option '{key}' of dataset '{name}'.{did_you_mean(key, known)} {available}")
        if keys.count(key) > 1:
            raise ValueError(f"Option '{key}' of dataset '{name}' is given twice.")
    return {key: _convert(name, key, value, known[key].annotation) for key, value in pairs} | given


def _convert(name: str, key: str, value: str, annotation: Any) -> Any:
    """A query's text as the type that the option has in `load`."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(kind for kind in typing.get_args(annotation) if kind is not type(None))
    try:
        if annotation is bool:
            return {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        return annotation(value) if annotation in (int, float) else value
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"Option '{key}' of dataset '{name}' must be of type {annotation.__name__}, not '{value}'."
        ) from error
