"""Execute a job's notebook with papermill in this process, and report how it ended."""

import errno
import json
import os
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from textlab.iri_parser import postpone_iri_parser

SAVE_SIGNAL = signal.SIGUSR1  # the runner sends it before it kills the process, so that the notebook is saved as it is
DISK_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@dataclass(frozen=True)
class Job:
    """One notebook to execute, as JSON on the command line of `textlab.runner.kernels.kernel`.

    Attributes:
        notebook, output: paths.
        events: the file descriptor to which events are written, one JSON object per line.
        parameters: by name.
        cell_seconds: seconds after which a code cell is stopped; None for no limit.
        memory: bytes that all its processes may use together; None for no limit.
        warm: address of a warm process (see `WarmKernels`); None for a plain kernel.
    """

    notebook: str
    output: str
    events: int
    parameters: dict[str, Any] = field(default_factory=dict)
    cell_seconds: float | None = None
    memory: float | None = None
    warm: str | None = None

    def as_json(self) -> str:
        """The job as one line of JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Failure:
    """Why a notebook did not finish: a status ("failed", "died" or "timed out") and an error message."""

    status: str
    error: str


def execute_job(job: Job) -> int:
    """Execute the job's notebook in this process, kill everything that it leaves running, and return the exit code.

    The code is 0 if every code cell ran, else 1.
    """
    import psutil

    from textlab.runner.kernels.memory import GIGABYTE, MemoryWatch
    from textlab.runner.kernels.processes import adopt_orphans, kill_children

    adopt_orphans()
    with os.fdopen(job.events, "w", encoding="utf-8", buffering=1) as events:

        def report(**event: Any) -> None:
            events.write(json.dumps(event) + "\n")

        try:
            with MemoryWatch(job.memory) as memory:
                failure = _execute(job, report)
        finally:
            kill_children(psutil.Process())
        report(memory=memory.peak)
        if failure and memory.is_exceeded and job.memory:
            error = f"Out of memory: the notebook used more than its limit of {job.memory / GIGABYTE:g} GB."
            failure = Failure("died", error)
        if failure:
            report(**asdict(failure))
    return 1 if failure else 0


def _execute(job: Job, report: Callable[..., None]) -> Failure | None:
    """Execute with papermill and save the notebook, however it ends."""
    # A half-written notebook never has the name of a whole one.
    saving = Path(f"{job.output}.saving")
    try:
        return _execute_and_save(job, report, saving)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        saving.unlink(missing_ok=True)
        return Failure("failed", f"The executed notebook could not be saved: {error.strerror}.")


def _execute_and_save(job: Job, report: Callable[..., None], saving: Path) -> Failure | None:
    postpone_iri_parser()
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.iorw import write_ipynb

    from textlab.runner.kernels.engine import Progress, ReportingEngine
    from textlab.runner.kernels.own_interpreter import KERNEL_NAME, LANGUAGE

    output, progress = Path(job.output), Progress(report)

    def save(*_: Any) -> None:
        if progress.notebook is not None:
            write_ipynb(progress.notebook, str(saving))
            saving.replace(output)

    papermill_engines.register("reporting", ReportingEngine)
    signal.signal(SAVE_SIGNAL, save)
    try:
        executed = papermill.execute_notebook(
            job.notebook,
            str(saving),
            job.parameters,
            kernel_name=KERNEL_NAME,
            language=LANGUAGE,
            engine_name="reporting",
            progress=progress,
            progress_bar=False,
            request_save_on_cell_execute=False,  # the time to save after each code cell grows with the notebook
            execution_timeout=job.cell_seconds,
        )
    except PapermillExecutionError as error:
        saving.replace(output)
        return _raised(error.ename, error.evalue)
    except DeadKernelError:
        save()  # papermill saves nothing when the kernel dies
        return Failure("died", "The kernel died: it was killed by a signal, or ran out of memory.")
    except CellTimeoutError:
        save()
        return Failure("timed out", f"Code cell {progress.code_cell} ran for more than {job.cell_seconds} seconds.")
    saving.replace(output)
    if any(result.get("ename") == "SystemExit" for cell in executed.cells for result in cell.get("outputs", [])):
        return Failure("failed", "SystemExit: the notebook ended itself before its last code cell.")
    return None


def _raised(name: str, message: str) -> Failure:
    """The failure of a notebook in which an exception was raised."""
    from textlab.runner.kernels.memory import OUT_OF_MEMORY

    if name in OUT_OF_MEMORY:
        return Failure("died", f"Out of memory: {name}: {message}")
    return Failure("failed", f"{name}: {message}")
