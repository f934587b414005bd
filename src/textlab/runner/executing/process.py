"""One notebook in a process of its own (`textlab.runner.kernels.kernel`), so that it can be ended."""

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from textlab.paths import replacing
from textlab.record.store import environment as record_environment
from textlab.runner.kernels.kernel import SAVE_SIGNAL, end_tree

SAVE_SECONDS = 5.0  # how long an interrupted notebook has to save what there is of it
LOOK_SECONDS = 0.2  # how soon a stop or the end of the time allowed is noticed


@dataclass(frozen=True)
class Verdict:
    """How a notebook went.

    Attributes:
        status: "done", "failed", "died", "timed out" or "interrupted".
        error: where it is not done, in one line.
        memory: the most bytes that it was seen to take; None where nobody has looked.
        is_lost: whether it is the machine that failed and not the notebook.
    """

    status: str
    error: str | None = None
    memory: int | None = None
    is_lost: bool = False


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, Any],
    output: Path,
    run_id: str | None,
    listen: Callable[[int, int, float | None], None] = lambda *_: None,
    *,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
    cell_timeout: float | None = None,
    memory: float | None = None,
    warm: str | None = None,
    stop: threading.Event | None = None,
) -> Verdict:
    """Execute one notebook; `output` appears only when it is whole.

    Args:
        run_id: the MLflow run that it logs into; None for none.
        listen: told (number of the running code cell, number of code cells, how far a bar in it is, from 0 to 1).
        environment: of its process, beside that of this one.
        timeout, cell_timeout: seconds after which it is ended, as a whole and within one code cell.
        memory: bytes; with more than that it is ended.
        warm: the address of a warm process; None for a plain kernel.
        stop: interrupts it when set; what there is of the notebook is saved.
    """
    partial = output.with_name(f".{output.name}.partial")
    for old in (partial, output):
        old.unlink(missing_ok=True)
    reading, writing = os.pipe()
    variables = {**os.environ, **record_environment(), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    variables |= {**(environment or {}), **({"MLFLOW_RUN_ID": run_id} if run_id else {})}
    job = {"notebook": str(notebook), "output": str(partial), "parameters": dict(parameters), "events": writing}
    job |= {"cell_seconds": cell_timeout, "memory": memory, "warm": warm}
    position, peak = (0, 0), None
    failure: dict[str, Any] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "textlab.runner.kernels.kernel", json.dumps(job)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            pass_fds=(writing,),
            start_new_session=True,
            env=variables,
        )
        os.close(writing)
        try:
            for event in _events(reading, time.monotonic() + timeout if timeout else None, stop):
                if "code_cell" in event:
                    position = event["code_cell"], event["code_cells"]
                    listen(*position, None)
                elif "progress" in event:
                    listen(*position, event["progress"])
                elif "memory" in event:
                    peak = event["memory"] or None
                else:
                    failure = event
            process.wait()
        except TimeoutError:
            failure = {"status": "timed out", "error": f"It took longer than the {timeout:g} s that it was given."}
        except InterruptedError:
            failure = {"status": "interrupted", "error": "Interrupted."}
        finally:
            _end(process, partial)
            partial.with_name(f"{partial.name}.saving").unlink(missing_ok=True)
            if partial.exists():
                partial.replace(output)
        complaints.seek(0)
        last_line = (complaints.read().strip().splitlines() or [""])[-1]
    if process.returncode == 0 and not failure:
        return Verdict("done", None, peak)
    ended = f"The process ended with code {process.returncode}. {last_line}".strip()
    return Verdict(failure.get("status", "died"), str(failure.get("error", ended)).partition("\n")[0], peak)


def _events(reading: int, deadline: float | None, stop: threading.Event | None) -> Iterator[dict[str, Any]]:
    """What the process tells on the descriptor `reading`, until it closes it.

    Raises:
        TimeoutError: the deadline has passed. InterruptedError: it is to stop.
    """
    rest = b""
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while True:
            if stop is not None and stop.is_set():
                raise InterruptedError
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
            if not select.select([pipe], [], [], LOOK_SECONDS)[0]:
                continue
            told = pipe.read(65536)
            if not told:
                return
            *lines, rest = (rest + told).split(b"\n")
            yield from (json.loads(line) for line in lines)


def _end(process: subprocess.Popen[bytes], output: Path) -> None:
    """End the process with all it started; if it still runs, it is first given a moment to save its notebook."""
    if process.poll() is None:
        process.send_signal(SAVE_SIGNAL)
        deadline = time.monotonic() + SAVE_SECONDS
        while not output.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
    with contextlib.suppress(psutil.NoSuchProcess):
        end_tree(psutil.Process(process.pid))
    process.wait()


def sign(saved: Path, **verdict: str | None) -> None:
    """Write the runner's verdict into a saved notebook: papermill's own marks say nothing of a dead kernel."""
    import nbformat

    notebook = nbformat.read(saved, as_version=4)
    notebook.metadata["textlab"] = verdict
    with replacing(saved) as partial:
        nbformat.write(notebook, partial)
