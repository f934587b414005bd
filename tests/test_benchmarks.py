"""The benchmarks still import what they measure."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_every_name_that_a_benchmark_imports_from_this_repository_exists(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] in ("textlab", "api"):
            names = [alias.name for alias in node.names]
            module = __import__(str(node.module), fromlist=names)  # imports submodules too
            assert [name for name in names if not hasattr(module, name)] == [], node.module
