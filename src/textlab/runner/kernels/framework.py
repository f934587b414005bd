"""The deep-learning framework that a notebook needs, read from its imports."""

from textlab.reach import nearest_libraries
from textlab.runner.planning.notebook import Notebook

FRAMEWORKS = {"tensorflow": "tensorflow", "keras": "tensorflow", "torch": "torch", "transformers": "torch"}


def framework(notebook: Notebook) -> str:
    """The framework that the notebook, or a module of textlab that it names, imports first; "" for none."""
    try:
        libraries = nearest_libraries("\n\n".join(notebook.code_cells))
    except SyntaxError:  # executing the notebook reports it
        return ""
    return next((FRAMEWORKS[library] for library in libraries if library in FRAMEWORKS), "")
