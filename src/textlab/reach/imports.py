"""List what code imports: the code of a notebook or of a module."""

import ast

from textlab.reach import sources


def imports(code: str) -> tuple[str, ...]:
    """Return the full names that code imports, without the standard library's; code may hold IPython's magics.

    `from package import name` gives "package.name", whether `name` is a module or not. Full names of textlab modules in
    strings are included.

    Raises:
        SyntaxError: neither Python nor IPython can parse the code.
    """
    return tuple(sources.imported_names(syntax_tree(code)))


def nearest_libraries(code: str) -> tuple[str, ...]:
    """Return the libraries that code imports itself, then the libraries of the textlab modules that it names, in order.

    A package stands for the modules that its `__init__` imports, and for those in it that these import. Further modules
    are not followed.

    Raises:
        SyntaxError: neither Python nor IPython can parse the code.
    """
    named = imports(code)
    paths = sources.source_files(named)
    packages = [path for path in paths if path.name == "__init__.py"]
    exported = [name for path in packages for name in sources.read(path).imports]
    inside = sources.source_files(exported)
    further = sources.source_files([name for path in inside for name in sources.read(path).imports])
    folders = {path.parent for path in packages}
    nearest = dict.fromkeys((*paths, *inside, *(path for path in further if path.parent in folders)))
    nearby = [name for path in nearest for name in sources.read(path).imports]
    return tuple(dict.fromkeys(name.partition(".")[0] for name in (*named, *nearby) if not sources.is_textlab(name)))


def syntax_tree(code: str) -> ast.Module:
    """Parse code that may hold IPython's magics.

    Raises:
        SyntaxError: neither Python nor IPython can parse the code.
    """
    try:
        return ast.parse(code)
    except SyntaxError:  # magics, such as %time
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(code))
