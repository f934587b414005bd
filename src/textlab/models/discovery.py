"""Find the model families among the modules and folders of `textlab.models`."""

import importlib
import inspect
import pkgutil

from textlab.models.contract import Model

PACKAGE = "textlab.models"
HOOKS = {"fit": "_fit", "predict_proba": "_predict_proba", "save": "_save", "load": "_load", "export": "_export"}


def families() -> dict[str, type[Model]]:
    """Return every family by name: the name of a module or folder that defines a public subclass of `Model`.

    Raises:
        ValueError: a module defines two families, or a family lacks a method.
    """
    found = {name: _family_in(name) for name in _module_names()}
    return {name: model_class for name, model_class in found.items() if model_class is not None}


def family(name: str) -> type[Model]:
    """Return the family called `name`, without importing the modules of the others.

    Raises:
        ValueError: there is no such family, its module defines two, or it lacks a method.
    """
    model_class = _family_in(name) if name in _module_names() else None
    if model_class is None:
        raise ValueError(
            f"Unknown model family '{name}'. Available: {', '.join(families())}. Add one as "
            "src/textlab/models/<name>.py."
        )
    return model_class


def notebook_family(notebook: str, stated: str | None) -> type[Model] | None:
    """Return the family that a notebook trains, or None if it trains none.

    Args:
        notebook: the notebook's name, such as "40_random_forest", which names the family after the number.
        stated: the family that the notebook's metadata names; None if they name none.

    Raises:
        ValueError: the metadata name an unknown family, or the family lacks a method.
    """
    if stated is not None:
        return family(stated)
    name = notebook.lstrip("0123456789_")
    return _family_in(name) if name in _module_names() else None


def _module_names() -> list[str]:
    package = importlib.import_module(PACKAGE)
    return [module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")]


def _family_in(name: str) -> type[Model] | None:
    """Return the one family that a module defines, or None if it defines none.

    A class whose name begins with an underscore is a base class, not a family.
    """
    module = importlib.import_module(f"{PACKAGE}.{name}")
    found = [
        value
        for value in dict.fromkeys(value for value in vars(module).values() if isinstance(value, type))
        if issubclass(value, Model)
        and not value.is_of_a_task()
        and value is not Model
        and _is_defined_in(value, module.__name__)
        and not value.__name__.startswith("_")
    ]
    if len(found) > 1:
        names = " and ".join(value.__name__ for value in found)
        raise ValueError(
            f"The module {PACKAGE}.{name} defines {names}. Put each family into a module of its own, or begin the "
            "name of a base class with an underscore."
        )
    for model_class in found:
        _check_complete(model_class, f"{PACKAGE}.{name}")
    return found[0] if found else None


def _check_complete(model_class: type[Model], module: str) -> None:
    """Raise ValueError if the family is abstract, naming the methods that it lacks."""
    if not inspect.isabstract(model_class):
        return
    missing = sorted(model_class.__abstractmethods__)
    misnamed = {HOOKS[name]: name for name in vars(model_class) if HOOKS.get(name) in missing}
    advice = f"Implement {' and '.join(missing)}"
    if misnamed:
        advice = " and ".join(f"Rename {name} to {hook}" for hook, name in misnamed.items())
    raise ValueError(
        f"The model family {model_class.__name__} in {module} lacks the method{'s' * (len(missing) > 1)} "
        f"{', '.join(missing)}. {advice}, or begin the name of a base class with an underscore."
    )


def _is_defined_in(value: type, module: str) -> bool:
    """Return whether a class is defined in a module or in a package's submodules, rather than imported there."""
    return f"{value.__module__}.".startswith(f"{module}.")
