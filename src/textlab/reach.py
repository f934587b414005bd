"""What a notebook reaches: modules of textlab and libraries, read from the sources. Nothing is imported for it."""

import ast
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import textlab

PACKAGE = Path(textlab.__file__).parent
MODULE_NAME = re.compile(rf"{PACKAGE.name}(\.\w+)+")


@dataclass(frozen=True)
class Reach:
    """All that the code imports, also indirectly and also within functions.

    Attributes:
        modules: the modules of textlab by name, each with a digest of its code. Comments, docstrings and layout are no
            part of it.
        libraries: the versions of all other packages, by the name of the distribution.
    """

    modules: dict[str, str]
    libraries: dict[str, str]


def reach(code: str) -> Reach:
    """What Python `code` reaches.

    A module is found by its import statement, or by its full name in a string, as where it is run in a process of its
    own. A library that is not installed is left out: what needs it will fail, or does without.
    """
    modules: dict[str, str] = {}
    libraries: set[str] = set()
    pending = list(_names(_tree(code)))
    while pending:
        name = pending.pop()
        if name.partition(".")[0] != PACKAGE.name:
            libraries.add(name.partition(".")[0])
            continue
        parts = name.split(".")
        for length in range(1, len(parts) + 1):  # the packages around a module are executed too
            module = ".".join(parts[:length])
            if module not in modules and (path := _source(module)) is not None:
                modules[module], names = _module(path, path.stat().st_mtime_ns)
                pending.extend(names)
    distributions = _distributions()
    found = {distribution for name in libraries for distribution in distributions.get(name, ())}
    versions = {name: metadata.version(name) for name in sorted(found)}
    return Reach(dict(sorted(modules.items())), versions | {"python": sys.version.partition(" ")[0]})


def imports(code: str) -> list[str]:
    """The full names of the modules outside the standard library that Python code imports, outermost first.

    Of `from a import b` the name is "a.b", whether b is a module or not.

    Raises:
        SyntaxError: neither Python nor IPython understands the code.
    """
    return list(_names(_tree(code)))


def module_file(name: str) -> Path | None:
    """The file of the module of textlab that `name` refers to, or refers into; None for any other name."""
    parts = name.split(".")
    if parts[0] != PACKAGE.name:
        return None
    modules = (".".join(parts[:length]) for length in range(len(parts), 1, -1))
    return next((path for module in modules if (path := _source(module)) is not None), None)


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())


@cache
def _module(path: Path, modified: int) -> tuple[str, tuple[str, ...]]:
    """The digest of a module's code and the names that it imports; `modified` is when the file last changed."""
    tree = ast.parse(path.read_bytes())
    names = tuple(_names(tree))
    return hashlib.sha256(ast.dump(_without_docstrings(tree)).encode()).hexdigest()[:10], names


def _tree(code: str) -> ast.Module:
    """The syntax tree of a notebook's code, which may hold what IPython alone understands, such as %time."""
    try:
        return ast.parse(code)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(code))


def _names(tree: ast.Module) -> Iterator[str]:
    """The full names of modules, and of what may be one, that the code mentions."""
    standard = sys.stdlib_module_names
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and MODULE_NAME.fullmatch(str(node.value)):
            found = [str(node.value)]
        yield from (name for name in found if name.partition(".")[0] not in standard)


def _source(module: str) -> Path | None:
    """The file of a module of textlab; None where the name is of something within a module."""
    stem = PACKAGE.joinpath(*module.split(".")[1:])
    candidates = (stem / "__init__.py", stem.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return tree
