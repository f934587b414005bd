"""The packages of the service: which of them may import which, and what the service needs from textlab."""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
API = ROOT / "api"
APART = {API / "streamlit_app.py"}  # runs beside the service, not in it
FOUNDATIONS = {
    *("settings", "waiting", "context", "problems", "background", "file_locks", "set_aside", "lean_flask", "machine")
}
# What each package may import, besides the foundations and itself.
MAY_IMPORT = {
    "model": set(),
    "access": set(),
    "observing": {"model"},
    "serving": {"model", "observing"},
    "endpoints": {"model", "access", "observing", "serving"},
    "server": {"access", "model"},
    "application": {"access", "observing", "serving", "endpoints"},
    "gunicorn_settings": {"observing", "serving", "server"},
    "__init__": {"application", "observing"},
    "__main__": {"access"},
}
FOUNDATION_MAY_IMPORT = {name: set() for name in FOUNDATIONS} | {"problems": {"context", "observing"}}


def files():
    return sorted(set(API.rglob("*.py")) - APART)


def imported(path):
    """The modules of the project that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "api":
            found |= {f"api.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def package(path):
    return path.relative_to(API).parts[0].removesuffix(".py")


def test_each_folder_is_a_room_and_each_file_stands_in_one():
    assert {package(path) for path in files()} == MAY_IMPORT.keys() | FOUNDATIONS


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(API)))
def test_a_file_imports_only_from_rooms_below_its_own(path):
    own = package(path)
    packages = {name.split(".")[1] for name in imported(path) if name.startswith("api.")} - {own}
    allowed = FOUNDATION_MAY_IMPORT[own] if own in FOUNDATIONS else MAY_IMPORT[own] | FOUNDATIONS
    assert packages <= allowed


def test_no_two_rooms_import_each_other():
    below = MAY_IMPORT | FOUNDATION_MAY_IMPORT
    order = []
    while len(order) < len(below):
        ready = [name for name in below if name not in order and below[name] <= set(order)]
        assert ready, f"a circle among {below.keys() - set(order)}"
        order += ready


def test_no_endpoint_imports_another():
    endpoints = {path for path in (API / "endpoints").glob("*.py") if "Blueprint(" in path.read_text(encoding="utf-8")}
    names = {f"api.endpoints.{path.stem}" for path in endpoints}
    assert {"api.endpoints.predict", "api.endpoints.feedback", "api.endpoints.metrics"} <= names
    assert {path.stem: imported(path) & names for path in endpoints if imported(path) & names} == {}


def test_only_the_context_reads_flask_g():
    reading = [path for path in files() if re.search(r"\bimport .*\bg\b", path.read_text(encoding="utf-8"))]
    assert reading == [API / "context.py"]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("import ctypes", {"session.py", "tensorflow_library.py", "memory.py"}),
        ("sys.modules[", {"tensorflow_messages.py"}),
        ("gc.freeze()", {"memory.py"}),
    ],
)
def test_clever_code_stays_in_its_place(words, place):
    assert {path.name for path in files() if words in path.read_text(encoding="utf-8")} == place


def copied_as_in_the_image(folder):
    """The files of the repository that the Dockerfile copies into the image, without the models."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for source, target in re.findall(r"^COPY (?!--)(\S+) (\S+)$", dockerfile, re.MULTILINE):
        if source.endswith("/") and source != "models/":
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.endswith(".py"):
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, folder / target)
    return folder


def test_every_module_loads_with_the_files_of_the_image_alone_and_without_tensorflow(tmp_path):
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files() if not path.stem.startswith("__")
    ]
    assert "api.endpoints.predict" in modules
    code = "import sys, importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in modules)
    code += "\nloaded = {name: module.__file__ for name, module in sys.modules.items() if name.startswith('textlab')}"
    code += "\nassert all(file.startswith(sys.argv[1]) for file in loaded.values()), loaded"
    code += "\nprint(*sorted(name for name in loaded if name.count('.') < 2))"
    heavy = ("tensorflow", "streamlit", "pandas", "mlflow", "PIL")
    code += f"\nprint([name for name in {heavy} if name in sys.modules])"
    folder = copied_as_in_the_image(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "textlab textlab.bundle_format textlab.inputs textlab.sealing textlab.search",
        "[]",
    ]


def normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def pinned(path: Path) -> dict[str, str]:
    """Package and version in a lock file."""
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_deployment_installs_what_the_service_imports_and_no_other_version_than_the_lock():
    imported = set()
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    installed = pinned(ROOT / "deploy/azure/requirements.txt")
    for module, names in packages_distributions().items():
        assert module not in imported or any(normal(name) in installed for name in names), module
    assert installed.items() <= pinned(ROOT / "requirements.lock").items()
