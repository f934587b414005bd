"""The deep-learning framework that a notebook needs, read from its imports."""

from pathlib import Path

from textlab.reach import imports, module_file
from textlab.runner.planning.notebook import Notebook

FRAMEWORKS = {"tensorflow": "tensorflow", "keras": "tensorflow", "torch": "torch", "transformers": "torch"}


def framework(notebook: Notebook) -> str:
    """The framework that the notebook, or a module of textlab that it names, imports first; "" for none."""
    try:
        names = imports("\n\n".join(notebook.code_cells))
    except SyntaxError:  # executing the notebook reports it
        return ""
    files = filter(None, map(module_file, names))
    return _first_framework(names) or next(filter(None, map(_framework_of_module, files)), "")


def _first_framework(names: list[str]) -> str:
    roots = (name.partition(".")[0] for name in names)
    return next((FRAMEWORKS[root] for root in roots if root in FRAMEWORKS), "")


def _framework_of_module(file: Path) -> str:
    """The framework that a module imports first; of a package, also the modules in it that it names."""
    pending, seen = [file], {file}
    while pending:
        names = imports(pending.pop(0).read_text(encoding="utf-8"))
        if found := _first_framework(names):
            return found
        if file.name == "__init__.py":
            named = {other for name in names if (other := module_file(name)) and other.is_relative_to(file.parent)}
            pending += sorted(named - seen)
            seen |= named
    return ""
