"""A notebook template, read once and carried along by the cells that execute it."""

import ast
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from textlab.data.folds import check_folds
from textlab.evaluation.tasks import DEFAULT_TASK, task
from textlab.models.contract import Model
from textlab.models.discovery import notebook_family
from textlab.models.hyperparameters import Hyperparameter
from textlab.paths import NOTEBOOKS
from textlab.reach import Reach, reach, syntax_tree
from textlab.runner.planning.grid import MAXIMUM_SEED
from textlab.runner.planning.parameters import Parameter, assigned_name, declared_parameters
from textlab.spelling import nearest

PYTHON = "python"


@dataclass(frozen=True)
class Notebook:
    """A notebook template.

    Attributes:
        path: the template's file.
        code_cells: the source of each code cell, in order.
        parameters_source: the source of the code cell tagged "parameters"; None if no code cell has the tag.
        metadata: what the notebook states about itself under "textlab".
        language: the programming language that the notebook's metadata name; "python" if they name none.
    """

    path: Path
    code_cells: tuple[str, ...]
    parameters_source: str | None
    metadata: Mapping[str, Any]
    language: str = PYTHON

    @property
    def name(self) -> str:
        """The name by which a grid refers to the notebook."""
        return self.path.stem

    @cached_property
    def digest(self) -> str:
        """A digest of the code, without comments, layout, and the defaults that `complete` adds to the parameters."""
        trees = [self._syntax(source) for source in self.code_cells]
        return hashlib.sha256(json.dumps([tree for tree in trees if tree]).encode()).hexdigest()[:10]

    def _syntax(self, source: str) -> str:
        """The syntax of a code cell; "" if nothing in it counts; its source if it is not valid Python."""
        try:
            tree = syntax_tree(source)
        except SyntaxError:
            return source
        if source == self.parameters_source:
            tree.body = [node for node in tree.body if assigned_name(node) not in self.defaults]
        return ast.dump(tree) if tree.body else ""

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters that the notebook declares, by name.

        Raises:
            ValueError: the notebook is in another language, no code cell has the tag "parameters", or that cell is not
                Python or assigns nothing.
        """
        if PYTHON not in self.language.casefold():
            raise ValueError(
                f"Notebook '{self.name}' is written in {self.language}, and textlab runs Python only. Rewrite it in "
                "Python, or select a Python kernel in JupyterLab and save it."
            )
        if self.parameters_source is None:
            raise ValueError(
                f"Notebook '{self.name}' declares no parameters. Give one of its code cells the tag 'parameters'."
            )
        try:
            parameters = {parameter.name: parameter for parameter in declared_parameters(self.parameters_source)}
        except SyntaxError as error:
            raise ValueError(f"Notebook '{self.name}': its parameters cell is not valid Python: {error}.") from error
        if not parameters:
            raise ValueError(
                f"Notebook '{self.name}' declares no parameters. Assign them in the code cell tagged 'parameters'."
            )
        return parameters

    @cached_property
    def hyperparameters(self) -> dict[str, Hyperparameter]:
        """The hyperparameters of the model family that the notebook trains; {} if it trains none."""
        return self._family.hyperparameters() if self._family else {}

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """The task that the metadata state, else the tasks of the family; () for a notebook that fits every task."""
        stated = self.metadata.get("task")
        return (str(stated),) if stated else (self._family.tasks if self._family else ())

    @property
    def task(self) -> str | None:
        """The first of `tasks`; None for a notebook that fits every task."""
        return self.tasks[0] if self.tasks else None

    @cached_property
    def _family(self) -> type[Model] | None:
        return notebook_family(self.name, self.metadata.get("model"))

    @property
    def _metrics(self) -> list[str]:
        """The metrics that may decide, for each of the tasks."""
        return list(dict.fromkeys(each for name in self.tasks or (DEFAULT_TASK,) for each in task(name).metrics))

    @cached_property
    def settings(self) -> dict[str, Parameter]:
        """The hyperparameters that the parameters cell does not show and that `settings` therefore passes, by name."""
        if "settings" not in self.parameters:
            return {}
        return {
            each.name: Parameter(each.name, each.type_name, each.default_literal, each.meaning)
            for each in self.hyperparameters.values()
            if each.name not in self.parameters
        }

    @property
    def all_parameters(self) -> dict[str, Parameter]:
        """The parameters of the cell, without `settings` itself, and the settings, by name."""
        shown = {name: each for name, each in self.parameters.items() if not (name == "settings" and self.settings)}
        return shown | self.settings

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The defaults of the parameters and settings, by name, without those that are not literals."""
        if self.parameters_source is None:
            return {}
        known = self.all_parameters
        if self.settings and self.parameters["settings"].default.replace(" ", "") not in ("{}", "dict()"):
            known = self.parameters  # the cell states settings of its own, which stated ones replace
        return {each.name: each.default_value for each in known.values() if each.has_literal_default}

    def complete(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with the defaults of all others, each in its canonical form."""
        known = self.all_parameters if self.defaults else {}
        stated = {name: known[name].canonical(value) if name in known else value for name, value in values.items()}
        return self.defaults | stated

    def injected_parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as the parameters cell takes them, which is the settings as one dictionary."""
        shown = {name: value for name, value in values.items() if name not in self.settings}
        settings = {name: value for name, value in values.items() if name in self.settings}
        return shown | ({"settings": settings} if settings else {})

    def check_names(self, parameters: Collection[str], settings: Collection[str]) -> None:
        """Raise ValueError unless the cell shows each of `parameters`, and shows none of `settings`."""
        for name in parameters:
            if name in self.settings:
                raise ValueError(
                    f"Notebook '{self.name}' does not show the parameter '{name}'. State it under 'settings'."
                )
        for name in settings:
            if name in self.parameters:
                raise ValueError(f"Notebook '{self.name}' shows the parameter '{name}'. State it under 'parameters'.")
            if name not in self.settings:
                raise ValueError(f"Notebook '{self.name}' has no setting '{name}'.{nearest(name, self.settings)}")

    def read_value(self, name: str, value: Any) -> Any:
        """Check a value for the parameter or setting `name`; return it as the notebook receives it.

        Raises:
            ValueError: the notebook has no such parameter, or the value is not valid for it.
        """
        known = self.all_parameters
        if name not in known:
            hint = nearest(name, known)
            if name == "settings" and self.settings:
                hint = f" Write 'settings' beside 'parameters'. It takes: {', '.join(self.settings)}."
            raise ValueError(f"Notebook '{self.name}' has no parameter '{name}'.{hint}")
        try:
            read = known[name].read(value)
            if name in self.hyperparameters:
                self.hyperparameters[name].check(read)
            if name == "folds":
                check_folds(read)
        except ValueError as error:
            raise ValueError(f"Notebook '{self.name}': {error}") from error
        if name == "seed" and isinstance(read, int) and not 0 <= read <= MAXIMUM_SEED:
            raise ValueError(f"Notebook '{self.name}': seed is {read}. Give a whole number from 0 to {MAXIMUM_SEED}.")
        if name == "primary_metric" and read not in (metrics := self._metrics):
            raise ValueError(f"Notebook '{self.name}': unknown primary_metric '{read}'.{nearest(read, metrics)}")
        return read

    @cached_property
    def reach(self) -> Reach:
        """The modules and libraries that the code imports, directly or indirectly.

        Raises:
            ValueError: the code cells are not valid Python.
        """
        try:
            return reach("\n\n".join(self.code_cells))
        except SyntaxError as error:
            raise ValueError(
                f"Notebook '{self.name}' is not valid Python: {error}. Open it in JupyterLab and correct it."
            ) from error


def read_notebook(path: Path) -> Notebook:
    """Read a notebook template."""
    content = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in code]
    tagged = [source for cell, source in zip(code, sources, strict=True) if _has_parameters_tag(cell)]
    metadata = content["metadata"]
    parameters = tagged[0] if tagged else None
    return Notebook(path, tuple(sources), parameters, metadata.get("textlab", {}), _language(metadata))


def _language(metadata: Mapping[str, Any]) -> str:
    """The language of a notebook's kernel; the kernel's name does not matter, because the command has its own."""
    kernel, code = metadata.get("kernelspec") or {}, metadata.get("language_info") or {}
    return str(kernel.get("language") or code.get("name") or PYTHON)


def _has_parameters_tag(cell: Mapping[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def notebook_names() -> list[str]:
    """The notebooks that a grid can name: all whose names do not begin with an underscore."""
    return sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb") if not path.stem.startswith("_"))


def find_notebook(name: str) -> Notebook:
    """Read the notebook called `name`.

    Raises:
        ValueError: there is no such notebook; the message names the nearest.
    """
    if name not in notebook_names():
        raise ValueError(f"Unknown notebook '{name}'.{nearest(name, notebook_names())}")
    return read_notebook(NOTEBOOKS / f"{name}.ipynb")
