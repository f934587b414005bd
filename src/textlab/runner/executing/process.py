"""Execute one notebook in a process of its own (`textlab.runner.kernels.kernel`), which can be killed."""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from textlab.record.store import environment as record_environment
from textlab.runner.due.outcome import CellStatus
from textlab.runner.executing.verdict import Verdict
from textlab.runner.kernels.job import SAVE_SIGNAL, Job
from textlab.runner.kernels.processes import kill_tree

SAVE_SECONDS = 5.0  # time for an interrupted notebook to be saved as it is
POLL_SECONDS = 0.2
CodeCellListener = Callable[[int, int, float | None], None]


@dataclass(frozen=True)
class Limits:
    """Limits of one notebook; None for no limit.

    Attributes:
        timeout, cell_timeout: seconds for the notebook and for each code cell.
        memory: bytes.
    """

    timeout: float | None = None
    cell_timeout: float | None = None
    memory: float | None = None


NO_LIMITS = Limits()


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, Any],
    output: Path,
    run_id: str | None = None,
    listen: CodeCellListener = lambda *_: None,
    *,
    environment: Mapping[str, str] | None = None,
    limits: Limits = NO_LIMITS,
    warm: str | None = None,
    stop: threading.Event | None = None,
) -> Verdict:
    """Execute one notebook; `output` appears only when it is whole.

    Args:
        run_id: id of the run that the notebook logs into; None for none.
        listen: called with the number of the running code cell, the number of code cells, and the progress of a bar in
            it from 0 to 1, or None if it has no bar.
        environment: additional environment variables.
        warm: address of a warm process; None for a plain kernel.
        stop: interrupts the notebook when set; it is saved as it is.
    """
    partial = output.with_name(f".{output.name}.partial")
    for old in (partial, output):
        old.unlink(missing_ok=True)
    reading, writing = os.pipe()
    variables = {**os.environ, **record_environment(run_id), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    job = Job(str(notebook), str(partial), writing, dict(parameters), limits.cell_timeout, limits.memory, warm)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "textlab.runner.kernels.kernel", job.as_json()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            pass_fds=(writing,),
            start_new_session=True,
            env=variables | dict(environment or {}),
        )
        os.close(writing)
        report = _Report(listen)
        try:
            for event in _events(reading, time.monotonic() + limits.timeout if limits.timeout else None, stop):
                report.read(event)
            process.wait()
        except TimeoutError:
            error = f"The notebook ran for longer than its limit of {limits.timeout:g} s."
            report.failure = {"status": CellStatus.TIMED_OUT, "error": error}
        except InterruptedError:
            report.failure = {"status": CellStatus.INTERRUPTED, "error": "Interrupted."}
        finally:
            _end(process, partial)
            partial.with_name(f"{partial.name}.saving").unlink(missing_ok=True)
            if partial.exists():
                partial.replace(output)
        complaints.seek(0)
        last_line = (complaints.read().strip().splitlines() or [""])[-1]
    return report.verdict(process.returncode, last_line)


@dataclass
class _Report:
    """What the process of a notebook reports.

    Attributes:
        failure: status and error of a notebook that is not done.
        memory: the largest number of bytes seen.
    """

    listen: CodeCellListener
    position: tuple[int, int] = (0, 0)
    failure: dict[str, Any] = field(default_factory=dict)
    memory: int | None = None

    def read(self, event: Mapping[str, Any]) -> None:
        if "code_cell" in event:
            self.position = event["code_cell"], event["code_cells"]
            self.listen(*self.position, None)
        elif "progress" in event:
            self.listen(*self.position, event["progress"])
        elif "memory" in event:
            self.memory = event["memory"] or None
        else:
            self.failure = dict(event)

    def verdict(self, code: int, last_line: str) -> Verdict:
        """The verdict on a process that ended with `code` and wrote `last_line` last to its standard error."""
        if code == 0 and not self.failure:
            return Verdict(CellStatus.DONE, None, self.memory)
        status = CellStatus(self.failure.get("status", CellStatus.DIED))
        error = str(self.failure.get("error", f"The process ended with code {code}. {last_line}".strip()))
        return Verdict(status, error.partition("\n")[0], self.memory)


def _events(reading: int, deadline: float | None, stop: threading.Event | None) -> Iterator[dict[str, Any]]:
    """The events that the process writes to the descriptor `reading`, until it closes it.

    Raises:
        TimeoutError: the deadline has passed. InterruptedError: `stop` is set.
    """
    rest = b""
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while True:
            if stop is not None and stop.is_set():
                raise InterruptedError
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
            if not select.select([pipe], [], [], POLL_SECONDS)[0]:
                continue
            content = pipe.read(65536)
            if not content:
                return
            *lines, rest = (rest + content).split(b"\n")
            yield from (json.loads(line) for line in lines)


def _end(process: subprocess.Popen[bytes], output: Path) -> None:
    """Kill the process and everything that it started; if it still runs, first let it save its notebook."""
    if process.poll() is None:
        process.send_signal(SAVE_SIGNAL)
        deadline = time.monotonic() + SAVE_SECONDS
        while not output.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
    with contextlib.suppress(psutil.NoSuchProcess):
        kill_tree(psutil.Process(process.pid))
    process.wait()
