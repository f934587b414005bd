"""The house from the ground up: a file imports only from floors below its own (or its own package)."""

import ast
from pathlib import Path

import textlab

SOURCE = Path(textlab.__file__).parent
FLOORS = [
    {"paths", "seeds", "log", "text"},
    {"features", "data"},
    {"models", "evaluation"},
    {"export"},
    {"tracking"},
    {"report"},
    {"runner"},
]
FORBIDDEN_NAMES = {"utils", "common", "helpers", "util", "helper", "misc"}


def imported(path: Path) -> set[str]:
    """The parts of textlab that the file at `path` imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "textlab":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("textlab."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("textlab.")}
    return found


def floor(part: str) -> int:
    return next(number for number, parts in enumerate(FLOORS) if part in parts)


def part_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def test_every_file_stands_on_a_floor():
    parts = {part_of(path) for path in SOURCE.rglob("*.py")} - {"__init__"}
    assert parts == set().union(*FLOORS)


def test_files_import_only_from_floors_below():
    upwards = [
        f"{path.relative_to(SOURCE)} imports textlab.{other}"
        for path in SOURCE.rglob("*.py")
        if part_of(path) != "__init__"
        for other in imported(path)
        if other != part_of(path)
        and floor(other) >= floor(part_of(path))
        and {other, part_of(path)} != {"models", "evaluation"}
    ]
    assert upwards == []


def test_models_use_evaluation_and_never_the_other_way():
    assert not [path for path in (SOURCE / "evaluation").rglob("*.py") if "models" in imported(path)]


def test_only_tracking_talks_to_mlflow():
    talking = {
        part_of(path)
        for path in SOURCE.rglob("*.py")
        if "import mlflow" in path.read_text() or "from mlflow" in path.read_text()
    }
    assert talking == {"tracking"}


def test_no_file_is_a_drawer():
    assert not [path for path in SOURCE.rglob("*.py") if path.stem in FORBIDDEN_NAMES]


def test_no_pickle_is_written_or_loaded():
    for path in [*SOURCE.rglob("*.py")]:
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        assert not names & {"pickle", "joblib", "dill", "cloudpickle"}, path
