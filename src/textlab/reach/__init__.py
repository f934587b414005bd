"""Find the code that decides a result: the textlab modules and the libraries that some code imports.

Sources are read and parsed; nothing is imported. Runs, cached word vectors and saved training states all take the
digest of their code from here.
"""

from textlab.reach.code import Reach, code_digest, reach
from textlab.reach.imports import imports, nearest_libraries, syntax_tree

__all__ = ["Reach", "code_digest", "imports", "nearest_libraries", "reach", "syntax_tree"]
