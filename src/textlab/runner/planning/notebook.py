"""What the runner needs to know of a notebook: where it is and which parameters it takes."""

import ast
import contextlib
import io
import json
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from textlab.paths import NOTEBOOKS
from textlab.spelling import nearest

TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "str": (str,),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell: `name: type = default  # help`."""

    name: str
    type_name: str
    default: str
    help: str

    def read(self, value: Any) -> Any:
        """`value` as the notebook gets it.

        A float may be written as 1e-3, which YAML takes for a word; a declared type that is not known here is not
        checked.

        Raises:
            ValueError: `value` is not of the declared type.
        """
        declared = self.type_name.partition("[")[0]
        if declared not in TYPES:
            return value
        if declared == "float" and isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = float(value)
        if not isinstance(value, TYPES[declared]) or (isinstance(value, bool) and declared != "bool"):
            raise ValueError(
                f"Parameter '{self.name}' is {value!r} ({type(value).__name__}); expected {self.type_name}, "
                f"such as {self.default}."
            )
        return value


def notebook_names() -> list[str]:
    """The notebooks that a grid can name: every one that does not begin with an underscore."""
    return sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb") if not path.stem.startswith("_"))


def notebook_path(name: str) -> Path:
    """The file of notebook `name`.

    Raises:
        ValueError: there is none; the message names the nearest.
    """
    if name not in notebook_names():
        raise ValueError(f"Unknown notebook '{name}'.{nearest(name, notebook_names())}")
    return NOTEBOOKS / f"{name}.ipynb"


@cache
def notebook_parameters(path: Path) -> dict[str, Parameter]:
    """The parameters that the notebook at `path` declares, by name.

    Read here, as importing what papermill reads them with takes longer than all else that a finished grid needs.

    Raises:
        ValueError: no cell of the notebook has the tag "parameters", or that cell is no Python.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if not tagged:
        raise ValueError(f"Notebook '{path.stem}' declares no parameters: give one of its cells the tag 'parameters'.")
    source = "".join(tagged[0]["source"])
    try:
        found = {parameter.name: parameter for parameter in _declared(source)}
    except SyntaxError as error:
        raise ValueError(f"Notebook '{path.stem}': its parameters cannot be read: {error}.") from error
    if not found:
        raise ValueError(f"Notebook '{path.stem}' declares no parameters: its cell with that tag assigns none.")
    return found


def _declared(source: str) -> Iterator[Parameter]:
    """What a parameters cell assigns."""
    tree = ast.parse(source)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(target, ast.Name) or node.value is None:
            continue
        type_name = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else "None"
        default = ast.get_source_segment(source, node.value) or ""
        help_ = comments.get(node.end_lineno or 0, "").lstrip("# ")
        yield Parameter(target.id, type_name, default, help_)
