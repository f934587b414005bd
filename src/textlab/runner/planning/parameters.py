"""The parameters that a notebook declares: one line each, `name: type = default  # meaning`."""

import ast
import contextlib
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "str": (str,),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}
OR_A_WORD = " | str"  # ends a type that also allows a word, such as "auto"


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell: `name: type = default  # help`."""

    name: str
    type_name: str
    default: str
    help: str

    @property
    def has_literal_default(self) -> bool:
        """Whether the default is a plain value rather than an expression that must be executed."""
        try:
            ast.literal_eval(self.default)
        except (ValueError, SyntaxError):
            return False
        return True

    @property
    def default_value(self) -> Any:
        """The default, in the form of `canonical`; call it only if `has_literal_default`."""
        return self.canonical(ast.literal_eval(self.default))

    @property
    def value_type(self) -> str:
        """The declared type without the word that it also allows: "int" of `int | str`."""
        return self.type_name.removesuffix(OR_A_WORD)

    def canonical(self, value: Any) -> Any:
        """The one form of equal values: 1 is 1.0 where a float is declared."""
        if self.value_type != "float" or not isinstance(value, int) or isinstance(value, bool):
            return value
        try:
            return float(value)
        except OverflowError:
            return value

    def read(self, value: Any) -> Any:
        """Convert a value of the grid file to the value that the notebook receives.

        YAML reads 1e-3 as a string, so a string that spells a float is accepted for a float. Values of a type that is
        not in `TYPES` are not checked.

        Raises:
            ValueError: `value` does not have the declared type.
        """
        declared = self.value_type.partition("[")[0]
        if declared not in TYPES:
            return value
        if declared == "float" and isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = float(value)
        if isinstance(value, str) and self.type_name.endswith(OR_A_WORD):
            return value  # the family checks the word
        if not isinstance(value, TYPES[declared]) or (isinstance(value, bool) and declared != "bool"):
            raise ValueError(
                f"Parameter '{self.name}' is {value!r} ({type(value).__name__}); expected {self.type_name}, "
                f"such as {self.default}."
            )
        return value


def declared_parameters(source: str) -> Iterator[Parameter]:
    """Each variable that the source of a parameters cell assigns.

    papermill could read them too, but importing it takes longer than everything else that a finished grid needs.

    Raises:
        SyntaxError: `source` is not Python.
    """
    tree = ast.parse(source)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
    for node in tree.body:
        name = assigned_name(node)
        if name is None or not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        type_name = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else "None"
        default = ast.get_source_segment(source, node.value) or ""
        meaning = comments.get(node.end_lineno or 0, "").lstrip("# ")
        yield Parameter(name, type_name, default, meaning)


def assigned_name(node: ast.stmt) -> str | None:
    """The variable to which a statement assigns a value; None if it is no such statement."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return None
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) else None
