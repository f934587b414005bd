"""The reference of the grid file, read from the pydantic models that check one."""

import inspect
import types
import typing
from typing import Any

from pydantic import BaseModel

from docs.generator.markdown import attributes, code, sentence, table
from textlab.runner.planning import grid

HEADER = """# Grid file

A grid is a YAML file in `experiments/`. This page is generated from the models that check the file, in
`src/textlab/runner/planning/grid.py`. [Write a grid](../guides/write-a-grid.md) shows examples.
"""
SECTIONS = {
    "Grid": "## The file",
    "GridRun": "## An entry of `runs`",
    "GridSearch": "## The key `search`",
    "Range": "## A range in `search.parameters`",
}


def grid_file_page() -> str:
    """The page: a table for each model, with one row for each key."""
    parts = [HEADER]
    for name, title in SECTIONS.items():
        model = getattr(grid, name)
        parts += [title, (inspect.getdoc(model) or "").split("\n\n")[0], key_table(model)]
    return "\n\n".join(parts) + "\n"


def key_table(model: type[BaseModel]) -> str:
    """Key, type, default and meaning of each field."""
    described = attributes(model)
    rows = []
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else _default(field.default)
        meaning = sentence(field.description or described.get(name, ""))
        rows.append((code(name), _type(field.annotation), default, meaning))
    return table(["key", "type", "default", "meaning"], rows)


def _default(value: object) -> str:
    """A default as it stands in a grid file. The cell stays empty if the key has none."""
    return "" if value is None else code(str(value).lower() if isinstance(value, bool) else str(value))


PLURALS = {"entry": "entries", "any value": "values"}
NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "any value"}


def _type(annotation: Any) -> str:
    """The type in words, e.g. "list of whole number"."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_type(each) for each in arguments if each is not type(None))
    if origin is list:
        return f"list of {_plural(_type(arguments[0]))}"
    if origin is dict:
        return f"mapping from names to {_plural(_type(arguments[1]))}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {"GridRun": "entry", "GridSearch": "mapping", "Range": "range"}.get(annotation.__name__, "mapping")
    return NAMES.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _plural(name: str) -> str:
    if " or " in name:
        return " or ".join(_plural(part) for part in name.split(" or "))
    if name.startswith("list of "):
        return name.replace("list", "lists", 1)
    return PLURALS.get(name, f"{name}s")
