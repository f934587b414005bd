"""Kernels that start from a warm process: it has imported the heavy libraries and is forked for each notebook.

A notebook then costs what its code costs. Only Linux forks safely; elsewhere, or where the warm process cannot be used,
every kernel is a plain one.
"""

import ast
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import textlab
from textlab.runner.kernels.warm_process import REFUSAL

logger = logging.getLogger(__name__)

FRAMEWORKS = {"tensorflow": "tensorflow", "keras": "tensorflow", "torch": "torch", "transformers": "torch"}
END_SECONDS = 10.0


class WarmKernels:
    """A warm process for the notebooks of a grid, while the context lasts.

    Args:
        notebooks: those that will be executed; none starts no process.
        environment: variables that the kernels will have beside the present ones, as far as libraries read them when
            they are imported: OMP_NUM_THREADS and its like. Kernels with other numbers of threads are possible.
    """

    def __init__(self, notebooks: Iterable[Path], environment: Mapping[str, str] | None = None) -> None:
        self.notebooks = list(notebooks) if sys.platform == "linux" else []
        self.environment = dict(environment or {})
        self._addresses: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, notebook: Path) -> str | None:
        """The address that a job of `kernel` gets as "warm" for this notebook; None for a plain kernel."""
        return self._addresses.get(framework(notebook), self._addresses.get(""))

    def __enter__(self) -> Self:
        if self.notebooks:
            self._folder = tempfile.TemporaryDirectory(prefix="textlab-")
            try:
                self._start()
            except OSError as error:
                logger.warning("No warm process could be started, so kernels are plain ones: %s", error)
                self._addresses = {}
        return self

    def _start(self) -> None:
        listeners = {name: self._listen(name) for name in sorted({""} | {framework(path) for path in self.notebooks})}
        reading, self._lifeline = os.pipe()
        descriptors = {name: listener.fileno() for name, listener in listeners.items()}
        settings = {"lifeline": reading, "listeners": descriptors}
        self._complaints = Path(self._folder.name) / "complaints"
        with self._complaints.open("w") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "textlab.runner.kernels.warm_process", json.dumps(settings)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                pass_fds=(reading, *descriptors.values()),
                start_new_session=True,
                env=os.environ | IMPORTED_WITH | self.environment,
            )
        os.close(reading)
        for listener in listeners.values():  # so that a warm process that has gone refuses
            listener.close()

    def _listen(self, name: str) -> socket.socket:
        address = str(Path(self._folder.name) / (name or "base"))
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
        listener.listen(128)
        self._addresses[name] = address
        return listener

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.notebooks:
            return
        if self._process is not None:
            self._tell()
            os.close(self._lifeline)
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()
        self._addresses = {}

    def _tell(self) -> None:
        """Say where kernels were plain ones."""
        assert self._process is not None
        complaints = self._complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        for line in complaints:
            if line.startswith(REFUSAL):
                logger.warning("%s Notebooks that need what it imports had plain ones.", line)
        if self._process.poll() is not None:
            last_line = complaints[-1] if complaints else ""
            logger.warning("The warm process had ended; kernels after it were plain ones. %s", last_line)


# What a kernel has when libraries are imported in it.
IMPORTED_WITH = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


@cache
def framework(notebook: Path) -> str:
    """The framework that a notebook, or a module of textlab that it names, imports first; "" where there is none."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [_without_magics("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    named = [name for source in code for name in _imported(source)]
    modules = [path for name in named if name.startswith("textlab.") for path in _files(name)]
    named += [name for path in modules for name in _imported(path.read_text(encoding="utf-8"))]
    found = [FRAMEWORKS[name.partition(".")[0]] for name in named if name.partition(".")[0] in FRAMEWORKS]
    return found[0] if found else ""


def _without_magics(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))


def _imported(source: str) -> list[str]:
    """The full names of the modules that Python source imports, wherever in it, in order."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # it will be told when it is executed
        return []
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _files(module: str) -> list[Path]:
    """The source file of a module of textlab; none where the name is that of something within a module."""
    path = Path(textlab.__file__).parent.joinpath(*module.split(".")[1:])
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
