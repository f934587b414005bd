"""The parameters cells of notebooks, whose lines follow from the hyperparameters of the model families.

A notebook names its family in its metadata (`"textlab": {"model": "lstm"}`) or in its file name (`20_lstm.ipynb`). Its
parameters cell lists the hyperparameters that it shows. The type, default and meaning of each come from the family; the
other lines are the notebook's own.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textlab.models.discovery import notebook_family
from textlab.models.hyperparameters import AUTO, Hyperparameter
from textlab.paths import NOTEBOOKS, replacing

LINE_LENGTH = 120


def parameter_line(hyperparameter: Hyperparameter) -> str:
    """Return the line that declares a hyperparameter: `name: type = default  # meaning (choices)`."""
    type_name, default = hyperparameter.type_name, hyperparameter.default_literal
    declared = f"{hyperparameter.name}: {type_name} = {default}  # {hyperparameter.meaning}"
    if hyperparameter.is_automatic:
        return f"{declared}; {AUTO} follows from the data"
    with_choices = f"{declared} ({', '.join(hyperparameter.choices)})"
    return with_choices if hyperparameter.choices and len(with_choices) <= LINE_LENGTH else declared


def synchronised_cell(source: str, hyperparameters: Mapping[str, Hyperparameter]) -> str:
    """Return a parameters cell in which every line that declares a hyperparameter says what the family states."""
    lines = []
    for line in source.splitlines():
        name = line.partition(":")[0]
        lines.append(parameter_line(hyperparameters[name]) if name in hyperparameters else line)
    return "\n".join(lines)


def synchronise(path: Path, write: bool = True) -> bool:
    """Bring the parameters cell of a notebook up to date with its family; return whether it differed.

    Args:
        path: the notebook; a notebook that trains no family stays unchanged.
        write: whether the notebook is rewritten.
    """
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    model_class = notebook_family(path.stem, notebook["metadata"].get("textlab", {}).get("model"))
    if model_class is None:
        return False
    hyperparameters, differs = model_class.hyperparameters(), False
    for cell in notebook["cells"]:
        if "parameters" not in cell["metadata"].get("tags", []):
            continue
        source = "".join(cell["source"])
        new = synchronised_cell(source, hyperparameters)
        differs = differs or new != source
        cell["source"] = new.splitlines(keepends=True)
    if differs and write:
        with replacing(path) as partial:
            partial.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return differs


def outdated_notebooks(write: bool = True) -> list[Path]:
    """Return the notebooks whose parameters cells differ from their families, after rewriting them if `write`."""
    return [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if synchronise(path, write)]
