"""The model families, found by listing this folder."""

import importlib
import pkgutil

from textlab.models.contract import TextClassifier

__all__ = ["TextClassifier", "families", "family"]


def families() -> dict[str, type[TextClassifier]]:
    """Every family by name: a module of this package that defines a subclass of `TextClassifier`."""
    found = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, TextClassifier)
                and value.__module__ == module.__name__
                and value is not TextClassifier
            ):
                found[module_info.name] = value
    return found


def family(name: str) -> type[TextClassifier]:
    """The family called `name`.

    Raises:
        ValueError: there is none; the message names those there are.
    """
    found = families()
    if name not in found:
        raise ValueError(
            f"Unknown model family '{name}'. Available: {', '.join(found)}. Add one as src/textlab/models/<name>.py."
        )
    return found[name]
