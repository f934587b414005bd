"""The kinds of inputs, from the package `inputs`, which lies beside this one in textlab and in MLflow's copies."""

import importlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textlab.inputs import InputKind


@cache
def kind_of(name: str) -> "InputKind":
    """Return the kind of the input called `name`, see `textlab.inputs`."""
    around = __name__.removesuffix("bundle_format.kinds")
    kind: InputKind = importlib.import_module(f"{around}inputs").kind_of(name)
    return kind
