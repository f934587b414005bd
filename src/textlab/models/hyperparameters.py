"""Hyperparameters, each stated once, beside the constructor's parameter that takes it:

    def __init__(self, C: Annotated[float, Hyperparameter("inverse regularisation strength", minimum=0)] = 1.0): ...

The annotation gives the type, the signature the default, and `Hyperparameter` the meaning and the bounds. The check in
the constructor, the docstring of the class, the parameters cell of the notebook, the check of a grid and the tables
that are printed all read them here.

A hyperparameter whose value follows from the training data, unless it is given, has the type `int | Auto`,
`float | Auto` or `str | Auto` and the default `AUTO`. The family computes the value in `_automatic_values`.
"""

import inspect
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from textlab.spelling import nearest

TYPES = (bool, int, float, str, dict)
Auto = Literal["auto"]
AUTO: Auto = "auto"


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter of a model family.

    A family states the meaning and the bounds; `hyperparameters_of` adds the rest from the signature.

    Attributes:
        meaning: a phrase that begins with a small letter and has no full stop.
        minimum, maximum: the smallest and the largest allowed value; None for no bound.
        above, below: bounds that the value itself must not take; None for no bound.
        choices: the allowed values; () where any value of the type is allowed.
        name: the parameter's name.
        type: bool, int, float, str or dict.
        default: the value when none is given.
        is_automatic: whether the value may be `AUTO`, so that it follows from the training data.
    """

    meaning: str
    _: KW_ONLY
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    name: str = ""
    type: "type[bool] | type[int] | type[float] | type[str] | type[dict[str, Any]]" = str
    default: Any = None
    is_automatic: bool = False

    @property
    def type_name(self) -> str:
        """The type as the parameters cell of a notebook declares it."""
        return f"{self.type.__name__} | str" if self.is_automatic and self.type is not str else self.type.__name__

    @property
    def default_literal(self) -> str:
        """The default as Python source, with double quotes."""
        return json.dumps(self.default) if isinstance(self.default, str) else repr(self.default)

    @property
    def allowed(self) -> str:
        """The bounds or choices in words, such as "at least 0 and below 1"; "" where there are none."""
        return " or ".join(filter(None, [self._bounds, AUTO if self.is_automatic else ""]))

    @property
    def _bounds(self) -> str:
        bounds = {"at least": self.minimum, "above": self.above, "at most": self.maximum, "below": self.below}
        stated = " and ".join(f"{words} {bound:g}" for words, bound in bounds.items() if bound is not None)
        return stated or ", ".join(self.choices)

    def check(self, value: Any) -> None:
        """Raise ValueError if `value` has another type, is out of bounds or not finite. An int passes for a float."""
        if self.is_automatic and value == AUTO:
            return
        types = (int, float) if self.type is float else self.type
        if not isinstance(value, types) or (isinstance(value, bool) and self.type is not bool):
            example = f"or {json.dumps(AUTO)}" if self.is_automatic else f"such as {self.default_literal}"
            raise ValueError(
                f"{self.name} is {value!r} ({type(value).__name__}). Give a value of type {self.type.__name__}, "
                f"{example}."
            )
        if self.choices and value not in self.choices:
            raise ValueError(f"Unknown {self.name} '{value}'.{nearest(str(value), self.choices)}")
        if not self._is_within_bounds(value):
            raise ValueError(f"{self.name} is {value}. It must be {self.allowed}.")
        if self.type is float and not _is_finite(value):
            raise ValueError(f"{self.name} is {value}. Give a finite number, such as {self.default_literal}.")

    def _is_within_bounds(self, value: Any) -> bool:
        """Compare so that NaN lies outside every bound."""
        return (
            (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


def _is_finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number that no float can hold
        return False


def hyperparameters_of(constructor: Callable[..., None]) -> dict[str, Hyperparameter]:
    """Read the hyperparameters from the signature of a constructor, by name and in order.

    Raises:
        TypeError: a parameter has no default or does not state a `Hyperparameter`.
    """
    if constructor is object.__init__:
        return {}
    annotations = get_type_hints(constructor, include_extras=True)
    _, *parameters = inspect.signature(constructor).parameters.values()
    return {parameter.name: _stated(parameter, annotations.get(parameter.name)) for parameter in parameters}


def _stated(parameter: inspect.Parameter, annotation: Any) -> Hyperparameter:
    parts = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    stated = next((part for part in parts if isinstance(part, Hyperparameter)), None)
    is_automatic = Auto in get_args(parts[0])
    value_type = get_args(parts[0])[0] if is_automatic else parts[0]
    value_type = get_origin(value_type) or value_type  # dict of dict[str, Any]
    if stated is None or value_type not in TYPES or parameter.default is inspect.Parameter.empty:
        raise TypeError(
            f"The constructor's parameter {parameter.name} does not state its type, meaning and default. Write it as "
            f'{parameter.name}: Annotated[int, Hyperparameter("its meaning")] = 1, where the type is bool, int, float, '
            "str or dict."
        )
    return replace(stated, name=parameter.name, type=value_type, default=parameter.default, is_automatic=is_automatic)


def check_values(owner: str, stated: Mapping[str, Hyperparameter], values: Mapping[str, Any]) -> None:
    """Raise ValueError if a value has no hyperparameter of `owner`, another type, or lies outside its bounds."""
    for name, value in values.items():
        if name not in stated:
            raise ValueError(f"{owner} has no hyperparameter '{name}'.{nearest(name, stated)}")
        stated[name].check(value)


def argument_list(hyperparameters: Mapping[str, Hyperparameter]) -> str:
    """Describe hyperparameters as the section "Args" of a docstring."""
    lines = [
        f"    {each.name}: {each.meaning} ({each.type.__name__}{', ' * bool(each.allowed)}{each.allowed}; default "
        f"{each.default_literal})."
        for each in hyperparameters.values()
    ]
    return "\n".join(["Args:", *lines])


def markdown_table(hyperparameters: Mapping[str, Hyperparameter]) -> str:
    """Describe hyperparameters as a Markdown table."""
    rows = [
        f"| `{each.name}` | {each.type.__name__} | `{each.default_literal}` | {each.allowed} | {each.meaning} |"
        for each in hyperparameters.values()
    ]
    return "\n".join(["| name | type | default | allowed | meaning |", "|---|---|---|---|---|", *rows])
