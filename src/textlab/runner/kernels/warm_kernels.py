"""Kernels forked from a warm process, which has already imported the heavy libraries.

Measured on 2 cores: a notebook that imports TensorFlow, mlflow and scikit-learn and trains a tiny LSTM takes 2.9 s warm
and 9.0 s with a plain kernel; one with torch and transformers 4 to 5 s and 8.0 s; an empty one 0.6 s and 0.8 s. The
numbers that a notebook computes are identical. `benchmarks/grid.py` measures it again.

`--plain-kernels` switches it off. Only Linux forks safely, so other systems always use plain kernels, and so does a job
that the warm process cannot serve.
"""

import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from textlab.runner.kernels.framework import framework
from textlab.runner.kernels.warm_process import REFUSAL
from textlab.runner.planning.notebook import Notebook

logger = logging.getLogger(__name__)

END_SECONDS = 10.0
# The variables that a kernel has while it imports libraries.
IMPORTED_WITH = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


class WarmKernels:
    """A warm process for the notebooks of a grid, which runs while the context lasts.

    Args:
        notebooks: the notebooks to execute; without any, no process starts.
        environment: variables of the kernels, beside those of this process, that libraries read when they are
            imported, such as OMP_NUM_THREADS. A kernel may still have another number of threads.
    """

    def __init__(self, notebooks: Iterable[Notebook], environment: Mapping[str, str] | None = None) -> None:
        notebooks = notebooks if sys.platform == "linux" else ()
        self._frameworks = {notebook.path: framework(notebook) for notebook in notebooks}
        self.environment = dict(environment or {})
        self._addresses: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, notebook: Notebook) -> str | None:
        """The address of the warm process for this notebook (`Job.warm`); None for a plain kernel."""
        return self._addresses.get(self._frameworks.get(notebook.path, ""), self._addresses.get(""))

    def __enter__(self) -> Self:
        if self._frameworks:
            self._folder = tempfile.TemporaryDirectory(prefix="textlab-")
            try:
                self._start()
            except OSError as error:
                logger.warning("The warm process could not be started: %s. Notebooks use plain kernels.", error)
                self._addresses = {}
        return self

    def _start(self) -> None:
        listeners = {name: self._listen(name) for name in sorted({"", *self._frameworks.values()})}
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
        for listener in listeners.values():  # so that connecting fails once the warm process has ended
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
        if not self._frameworks:
            return
        if self._process is not None:
            self._warn()
            os.close(self._lifeline)
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()
        self._addresses = {}

    def _warn(self) -> None:
        """Warn if some notebooks used plain kernels."""
        assert self._process is not None
        complaints = self._complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        for line in complaints:
            if line.startswith(REFUSAL):
                logger.warning("%s Notebooks that need these imports used plain kernels.", line)
        if self._process.poll() is not None:
            last_line = complaints[-1] if complaints else ""
            logger.warning("The warm process ended early; later notebooks used plain kernels. %s", last_line)
