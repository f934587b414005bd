"""The model families, found by listing this folder."""

import importlib
import inspect
import pkgutil

from textlab.models.contract import Classifier, Model

__all__ = ["Classifier", "Model", "families", "family"]


def families() -> dict[str, type[Model]]:
    """Every family by name: a module of this package that defines a concrete subclass of `Model`.

    Raises:
        ValueError: a module defines two.
    """
    found = {name: _family_in(name) for name in _module_names()}
    return {name: model_class for name, model_class in found.items() if model_class is not None}


def family(name: str) -> type[Model]:
    """The family called `name`; the modules of the others are not imported.

    Raises:
        ValueError: there is none; the message names those there are. Or its module defines two.
    """
    model_class = _family_in(name) if name in _module_names() else None
    if model_class is None:
        raise ValueError(
            f"Unknown model family '{name}'. Available: {', '.join(families())}. Add one as "
            "src/textlab/models/<name>.py."
        )
    return model_class


def _module_names() -> list[str]:
    return [module_info.name for module_info in pkgutil.iter_modules(__path__)]


def _family_in(name: str) -> type[Model] | None:
    module = importlib.import_module(f"{__name__}.{name}")
    found = [
        value
        for value in dict.fromkeys(value for value in vars(module).values() if isinstance(value, type))
        if issubclass(value, Model) and _is_defined_in(value, module.__name__) and not inspect.isabstract(value)
    ]
    if len(found) > 1:
        names = " and ".join(value.__name__ for value in found)
        raise ValueError(f"The module textlab.models.{name} defines {names}; a family needs a module of its own.")
    return found[0] if found else None


def _is_defined_in(value: type, module: str) -> bool:
    """Whether a class is defined in a module, or in a package's submodules, rather than imported there."""
    return f"{value.__module__}.".startswith(f"{module}.")
