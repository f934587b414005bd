"""Find and parse the source files of textlab."""

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import textlab

PACKAGE = Path(textlab.__file__).parent
MODULE_NAME = re.compile(rf"{PACKAGE.name}(\.\w+)+")


@dataclass(frozen=True)
class Source:
    """A parsed module: the digest of its code, and the full names that it imports."""

    digest: str
    imports: tuple[str, ...]


def is_textlab(name: str) -> bool:
    """Whether the full name of a module or of something in it belongs to textlab."""
    return name.partition(".")[0] == PACKAGE.name


def enclosing(name: str) -> list[str]:
    """Return the packages around a full name, outermost first, and the name itself."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def innermost_module(name: str) -> str:
    """Return the module in a full name that may end with a function or class; the name itself if no module matches."""
    return next((module for module in reversed(enclosing(name)) if source_file(module) is not None), name)


def source_file(module: str) -> Path | None:
    """Return the file of a textlab module; None for any other name."""
    top, *parts = module.split(".")
    if top != PACKAGE.name:
        return None
    stem = PACKAGE.joinpath(*parts)
    return next((path for path in (stem / "__init__.py", stem.with_suffix(".py")) if path.is_file()), None)


def source_files(names: Iterable[str]) -> list[Path]:
    """Return the files of the textlab modules in full names, in order."""
    found = (source_file(innermost_module(name)) for name in names)
    return [path for path in found if path is not None]


def read(path: Path) -> Source:
    """Parse a module's file, once until the file changes."""
    return _read_once(path, path.stat().st_mtime_ns)


def imported_names(tree: ast.Module, package: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the full names that code imports, without the standard library's, and textlab modules in its strings.

    Args:
        tree: the parsed code.
        package: the names of the packages that hold the code, outermost first, for its relative imports.
    """
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            around = package[: len(package) + 1 - node.level] if node.level else ()
            found = [".".join([*around, *filter(None, [node.module]), alias.name]) for alias in node.names]
        elif isinstance(node, ast.Constant) and MODULE_NAME.fullmatch(str(node.value)):
            found = [str(node.value)]
        yield from (name for name in found if name.partition(".")[0] not in sys.stdlib_module_names)


@cache
def _read_once(path: Path, modified: int) -> Source:
    tree = ast.parse(path.read_bytes())
    names = tuple(imported_names(tree, path.parent.relative_to(PACKAGE.parent).parts))
    return Source(hashlib.sha256(ast.dump(_without_docstrings(tree)).encode()).hexdigest()[:10], names)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return tree
