"""Follow imports through textlab, and digest the code and the library versions that they lead to."""

import hashlib
import json
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from textlab.reach import sources
from textlab.reach.imports import imports


@dataclass(frozen=True)
class Reach:
    """Everything that some code imports, directly or through other modules, at the top of a file or in a function.

    Attributes:
        modules: the digest of each textlab module's code, by module name. Comments, docstrings and layout do not count.
        libraries: the versions of Python and of every other distribution, by name.
    """

    modules: dict[str, str]
    libraries: dict[str, str]


def reach(code: str) -> Reach:
    """Return what Python code reaches, for example the code of a notebook.

    A module counts if it is imported or if a string holds its full name, as in the command of a subprocess. The
    packages around it count too, because Python executes them. Libraries that are not installed are left out.

    Raises:
        SyntaxError: neither Python nor IPython can parse the code.
    """
    modules, libraries = _follow(imports(code), enclosing=True)
    return Reach(modules, _versions(libraries) | {"python": sys.version.partition(" ")[0]})


def code_digest(*modules: str, without: Collection[str] = (), libraries: Collection[str] | None = None) -> str:
    """Return a digest of the code that decides what some modules compute, to use in the key of a cache.

    It covers the code of these modules and of all textlab modules that they import, and the versions of libraries.
    Unlike in `reach`, the `__init__` of an enclosing package counts only if it is imported by name.

    Args:
        modules: full names, such as "textlab.features.vectors.training".
        without: modules to leave out, with what only they import, because they do not change the numbers.
        libraries: names of the distributions that change the numbers. None means all that the modules import.

    Raises:
        ValueError: textlab has no such module.
        importlib.metadata.PackageNotFoundError: one of `libraries` is not installed.
    """
    unknown = [name for name in (*modules, *without) if sources.source_file(name) is None]
    if unknown:
        raise ValueError(f"textlab has no module {', '.join(unknown)}. Name modules in full, as in an import.")
    digests, imported = _follow(modules, without=without)
    versions = _versions(imported) if libraries is None else {name: metadata.version(name) for name in libraries}
    return hashlib.sha256(json.dumps([digests, versions], sort_keys=True).encode()).hexdigest()


def _follow(
    names: Iterable[str], *, enclosing: bool = False, without: Collection[str] = ()
) -> tuple[dict[str, str], set[str]]:
    """The digests of all textlab modules that names lead to, and the libraries by the names that imports use."""
    modules: dict[str, str] = {}
    libraries: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if not sources.is_textlab(name):
            libraries.add(name.partition(".")[0])
            continue
        for module in sources.enclosing(name) if enclosing else [sources.innermost_module(name)]:
            if module not in modules and module not in without and (path := sources.source_file(module)) is not None:
                source = sources.read(path)
                modules[module] = source.digest
                pending.extend(source.imports)
    return dict(sorted(modules.items())), libraries


def _versions(libraries: Iterable[str]) -> dict[str, str]:
    """The versions of the installed distributions among libraries, by distribution."""
    return dict(sorted({found for library in libraries for found in _distributions(library)}))


@cache
def _distributions(library: str) -> tuple[tuple[str, str], ...]:
    """The names and versions of the distributions that install a library.

    Most bear the library's name. The index of all others takes 0.5 s to build, so it is read only for the rest.
    """
    try:
        return ((str(metadata.metadata(library)["Name"]), metadata.version(library)),)
    except metadata.PackageNotFoundError:
        return tuple((name, metadata.version(name)) for name in _distribution_index().get(library, ()))


@cache
def _distribution_index() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())
