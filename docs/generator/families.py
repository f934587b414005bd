"""The reference of the model families, read from the families themselves."""

import inspect

from docs.generator.markdown import code, sentence, table
from textlab.models import families
from textlab.models.contract import Model

HEADER = """# Model families

A family is a module or a folder in `src/textlab/models/`. This page is generated from the families found there. Each
hyperparameter is stated once, in the family; notebooks, `python run_experiments.py --list` and the check of a grid
file follow from it. [Add a model family](../guides/add-a-model.md) shows how to write one.

A notebook shows the hyperparameters that people change often. Every other one is reached through the notebook's
parameter `settings`, for example `settings: {class_weight: none}` in a grid.
"""


def families_page() -> str:
    """The page: a section and a table of hyperparameters for each family."""
    parts = [HEADER]
    for name, model_class in sorted(families().items()):
        parts += [f"## {name}", _summary(model_class), hyperparameter_table(model_class)]
    return "\n\n".join(parts) + "\n"


TYPES: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    dict: "names and values",
}


def _summary(model_class: type[Model]) -> str:
    """The first paragraph of the docstring, and the class."""
    first = (inspect.getdoc(model_class) or "").split("\n\n")[0]
    return f"`{model_class.__module__}.{model_class.__name__}`\n\n{' '.join(first.split())}"


def hyperparameter_table(model_class: type[Model]) -> str:
    """Name, type, default, allowed values and meaning of each hyperparameter."""
    rows = [
        (code(one.name), TYPES[one.type], code(_literal(one.default)), one.allowed, sentence(one.meaning))
        for one in model_class.hyperparameters().values()
    ]
    return table(["hyperparameter", "type", "default", "allowed", "meaning"], rows)


def _literal(value: object) -> str:
    return '""' if value == "" else str(value).lower() if isinstance(value, bool) else str(value)
