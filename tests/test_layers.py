"""The layers of textlab: a file imports only from its own package and from lower layers."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import nbformat
import pytest

import textlab
from textlab.paths import NOTEBOOKS
from textlab.record import tags

SOURCE = Path(textlab.__file__).parent
API = SOURCE.parents[1] / "api"
LAYERS = [
    {"paths", "sealing", "appended_lines"},
    {"inputs"},
    {
        "log",
        "text",
        "reach",
        "spelling",
        "wording",
        "concerns",
        "bundle_format",
        "search",
        "iri_parser",
    },
    {"record"},
    {"features", "data"},
    {"evaluation"},
    {"models"},
    {"export"},
    {"experiment"},
    {"promotion"},
    {"report"},
    {"monitoring"},
    {"runner"},
    {"retraining"},
    {"commands"},
    {"__main__"},
]
PICKLING_MODULES = {"pickle", "_pickle", "joblib", "dill", "cloudpickle", "shelve"}
PICKLING_METHODS = {"read_pickle", "to_pickle"}
FORBIDDEN_NAMES = {"utils", "common", "helpers", "util", "helper", "misc"}


def imported(path: Path) -> set[str]:
    """The parts of textlab that the file at `path` imports anywhere, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "textlab":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("textlab."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("textlab.")}
    return found


def layer(part: str) -> int:
    return next(number for number, parts in enumerate(LAYERS) if part in parts)


def part_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def test_every_file_belongs_to_a_layer():
    parts = {part_of(path) for path in SOURCE.rglob("*.py")} - {"__init__"}
    assert parts == set().union(*LAYERS)


def test_files_import_only_from_lower_layers():
    upwards = [
        f"{path.relative_to(SOURCE)} imports textlab.{other}"
        for path in SOURCE.rglob("*.py")
        if part_of(path) != "__init__"
        for other in imported(path)
        if other != part_of(path) and layer(other) >= layer(part_of(path))
    ]
    assert upwards == []


SPELLED = {value for value in vars(tags).values() if isinstance(value, str) and value.startswith(tags.PREFIX)}
WORDS = [rf"{re.escape(name)}\b(?!\.)" for name in sorted(SPELLED - {tags.PREFIX})]
TAG = re.compile("|".join([*WORDS, r"mlflow\.\w"]))


def may_mention_mlflow(path: Path) -> bool:
    """Whether the file's text, docstrings included, names mlflow or a tag: to parse each file would take seconds."""
    source = path.read_text(encoding="utf-8")
    return "mlflow" in source or TAG.search(source) is not None


def mentions_mlflow(source: str) -> bool:
    """Whether the code imports mlflow or spells one of the tags that the record writes."""
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.partition(".")[0] == "mlflow" for name in names):
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TAG.search(node.value):
            return True
    return False


def without_docstrings(path: Path) -> str:
    """The file's code alone: docstrings may name a tag for the reader."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    return ast.unparse(tree)


@pytest.mark.parametrize(
    "line",
    [
        "import mlflow",
        "import mlflow.pyfunc as p",
        "from mlflow import MlflowClient",
        "run.tags['textlab.cell']",
        "client.set_tag(run_id, 'mlflow.note.content', text)",
        "query = f\"tags.`textlab.status` = '{status}'\"",
    ],
)
def test_use_of_mlflow_is_recognised(line):
    assert mentions_mlflow(f"def use():\n    {line}\n")


def test_module_names_that_look_like_tags_are_not_taken_for_mlflow():
    assert not mentions_mlflow("import textlab.models.lstm\nstart('textlab.models.bert.graph', 'textlab.data.load')")


def test_only_the_record_uses_mlflow_and_spells_its_tags():
    preloaded = {"runner/kernels/warm_process.py"}  # names the libraries that it preloads
    talking = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if part_of(path) != "record" and may_mention_mlflow(path) and mentions_mlflow(without_docstrings(path))
    }
    assert talking <= preloaded
    notebooks = [cell for path in NOTEBOOKS.glob("*.ipynb") for cell in nbformat.read(path, as_version=4).cells]
    assert not [cell for cell in notebooks if cell.cell_type == "code" and "mlflow" in cell.source]


def imported_files(path: Path, package: Path) -> set[Path]:
    """The files of `package` that a file imports at module level, including imports for type checking only."""
    names = set()
    for node in ast.walk(_without_functions(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {file for name in names if (file := file_of(name, package)) is not None and file != path}


def _without_functions(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = []
    return tree


def file_of(name: str, package: Path) -> Path | None:
    """The file of the innermost module in a full name; None for a name outside `package`."""
    parts = name.split(".")
    if parts[0] != package.name:
        return None
    for length in range(len(parts), 0, -1):
        stem = package.joinpath(*parts[1:length])
        for file in (stem.with_suffix(".py"), stem / "__init__.py"):
            if file.is_file():
                return file
    return None


@pytest.mark.parametrize("package", [SOURCE, API], ids=lambda package: package.name)
def test_no_files_import_each_other_in_a_cycle(package):
    graph = {path: imported_files(path, package) for path in package.rglob("*.py")}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(str(path.relative_to(package.parent)) for path in error.args[1]))


def test_cycle_is_found_in_imports_for_type_checking_too(tmp_path):
    package = tmp_path / "house"
    package.mkdir()
    (package / "first.py").write_text("from house.second import two\n")
    (package / "second.py").write_text("if TYPE_CHECKING:\n    from house import first\n")
    graph = {path: imported_files(path, package) for path in package.rglob("*.py")}
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()


def test_no_file_has_a_name_without_a_topic():
    assert not [path for path in SOURCE.rglob("*.py") if path.stem in FORBIDDEN_NAMES]


def pickling(source: str) -> set[str]:
    """The names in a file that could write or load a pickle: modules, functions, and NumPy's keyword."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] in PICKLING_MODULES}
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if (node.module or "").split(".")[0] in PICKLING_MODULES or names & PICKLING_MODULES:
                found.add(f"from {node.module} import {', '.join(sorted(names))}")
            if node.module == "torch":
                found |= {f"torch.{name}" for name in names & {"save", "load"}}
        elif isinstance(node, ast.Name) and node.id in PICKLING_MODULES:
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            called = ast.unparse(node)
            if node.attr in PICKLING_MODULES | PICKLING_METHODS or called in {"torch.save", "torch.load"}:
                found.add(called)
        elif isinstance(node, ast.Call):
            allowed = [keyword.value for keyword in node.keywords if keyword.arg == "allow_pickle"]
            forbidden = [value for value in allowed if not (isinstance(value, ast.Constant) and value.value is False)]
            # NumPy's default is True for writing and False for loading.
            if forbidden or (ast.unparse(node.func) in {"np.save", "numpy.save"} and not allowed):
                found.add(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "import joblib as j",
        "from joblib import dump",
        "from sklearn.externals import joblib",
        "sklearn.externals.joblib.dump(model, path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=trusted)",
        "np.save(path, array)",
        "torch.save(model, path)",
        "from torch import load",
        "frame.to_pickle(path)",
    ],
)
def test_pickle_is_recognised_however_it_is_reached(line):
    assert pickling(f"def save():\n    {line}\n")


@pytest.mark.parametrize(
    "line",
    ["np.load(path, allow_pickle=False)", "np.load(path)", "tf.saved_model.save(module, path)", "vectors.save(path)"],
)
def test_call_that_stores_only_numbers_is_not_taken_for_a_pickle(line):
    assert not pickling(line)


def test_no_pickle_is_written_or_loaded():
    found = {str(path.relative_to(SOURCE)): pickling(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")}
    assert {path: lines for path, lines in found.items() if lines} == {}
