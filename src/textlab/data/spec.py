"""Parse the name of a dataset: "airline", "tweet_eval/irony", "airline?seed=7", "file:tweets.csv?text=tweet"."""

import types
import typing
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from textlab.data.discovery import Source, find_source
from textlab.data.shared_options import changed, shared_options
from textlab.data.task_dataset import TaskDataset
from textlab.spelling import did_you_mean


@dataclass(frozen=True)
class Request:
    """A parsed name.

    Attributes:
        source: the dataset module.
        name: the name without its query.
        variant: the variant, the path of a file, or "".
        options: the options by name, each of its type: those of the source, and those of every dataset.
    """

    source: Source
    name: str
    variant: str
    options: dict[str, Any]

    def load(self) -> TaskDataset:
        """Load the dataset, change it as the options of every dataset say, and name it `canonical_name`."""
        own = {name: value for name, value in self.options.items() if name in self.source.options}
        shared = {name: value for name, value in self.options.items() if name not in own}
        return changed(self.source.load(self.variant, own), **shared).named(self.canonical_name())

    def canonical_name(self) -> str:
        """Return the name with all options in its query, in alphabetical order."""
        query = urlencode(sorted(self.options.items()), quote_via=quote, safe="/")
        return f"{self.name}?{query}" if query else self.name


def resolve(spec: str, options: dict[str, Any], *, all_variants: bool = False) -> Request:
    """Parse a name and check its variant and options; no data is read.

    Args:
        spec: the name, with or without options as a query.
        options: further options by name.
        all_variants: accept the bare name of a dataset that has variants.

    Raises:
        ValueError: an unknown dataset, variant or option, or a value of the wrong type.
    """
    address, _, query = spec.partition("?")
    name, separator, variant = _cut(address)
    if separator != ":" and name != "file" and address.endswith((".csv", ".tsv", ".parquet", ".jsonl")):
        raise ValueError(f"Unknown dataset '{spec}'. Write 'file:{spec}' to read a file.")
    source = find_source(name)
    if source.argument:
        if separator != ":" or not variant:
            written = f"{name}:path/to/{source.argument.lower()}"
            raise ValueError(f"Dataset '{name}' needs a path, but '{spec}' has none. Write one such as '{written}'.")
    elif variant or separator or (source.variants and not all_variants):
        _check_variant(variant, source)
    return Request(source, address, variant, _options(source, query, options))


def _cut(address: str) -> tuple[str, str, str]:
    """Cut "tweet_eval/irony" or "file:tweets.csv" into the dataset's name, the separator and the rest."""
    position = min((address.find(mark) for mark in "/:" if mark in address), default=len(address))
    return address[:position], address[position : position + 1], address[position + 1 :]


def _check_variant(variant: str, source: Source) -> None:
    if variant in source.variants:
        return
    if not source.variants:
        raise ValueError(f"Dataset '{source.name}' has no variant '{variant}'. Load it as '{source.name}'.")
    available = f"Available: {', '.join(source.names)}."
    if not variant:
        raise ValueError(f"Dataset '{source.name}' needs a variant. {available}")
    hint = did_you_mean(variant, source.variants)
    raise ValueError(f"Unknown variant '{variant}' of dataset '{source.name}'.{hint} {available}")


def _options(source: Source, query: str, given: dict[str, Any]) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise ValueError(
            f"'?{query}' is not a query. Write options as '{source.name}?option=value&other=value'."
        ) from error
    keys, known = [key for key, _ in pairs] + list(given), {**source.options, **shared_options()}
    for key in keys:
        if key not in known:
            hint, available = did_you_mean(key, known), ", ".join(known)
            raise ValueError(f"Unknown option '{key}' of dataset '{source.name}'.{hint} Available: {available}.")
        if keys.count(key) > 1:
            raise ValueError(f"Option '{key}' of dataset '{source.name}' is given twice. Give it once.")
    options = {key: _convert(source, key, value, known[key].annotation) for key, value in pairs} | given
    for key, value in options.items():
        _check_choice(source, key, value, known[key].annotation)
    return options


def _check_choice(source: Source, key: str, value: Any, annotation: Any) -> None:
    choices = typing.get_args(annotation) if typing.get_origin(annotation) is typing.Literal else (value,)
    if value not in choices:
        names = " or ".join(repr(choice) for choice in choices)
        raise ValueError(f"Option '{key}' of dataset '{source.name}' is '{value}'. It must be {names}.")


def _convert(source: Source, key: str, value: str, annotation: Any) -> Any:
    """Convert the text in a query to the option's type in `load`."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(kind for kind in typing.get_args(annotation) if kind is not type(None))
    try:
        if annotation is bool:
            return {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        return annotation(value) if annotation in (int, float) else value
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"Option '{key}' of dataset '{source.name}' is '{value}'. It must be of type {annotation.__name__}."
        ) from error
