"""Execute one notebook in a process of its own: `python -m textlab.runner.kernels.kernel JOB`, where JOB is JSON.

    notebook, output    paths
    parameters          by name
    events              the file descriptor on which is told what happens, line by line, as JSON
    cell_seconds        how long one code cell may run, or nothing for no limit
    memory              the bytes that all its processes may take together, or nothing for no limit
    warm                the address of a warm process (see warm_kernels.py), or nothing for a plain kernel

With a warm process, that is forked to do the work in place of this one, which only waits: starting Python is most of
what a short notebook costs. It imports little for the same reason.
"""

import contextlib
import errno
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psutil

SAVE_SIGNAL = signal.SIGUSR1  # the runner asks with it for what there is of the notebook, before it ends the process
WARM_SECONDS = 300.0  # how long a warm process may still be importing
FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
PR_SET_CHILD_SUBREAPER = 36  # of Linux, from linux/prctl.h


def main() -> None:
    """Execute the job's notebook; exit code 0 when every cell ran, 1 when one failed or the kernel died."""
    job = json.loads(sys.argv[1])
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    code = _execute_warm(job) if job.get("warm") else None
    sys.exit(execute_job(job) if code is None else code)


def _execute_warm(job: dict[str, Any]) -> int | None:
    """Let a fork of the warm process execute the job and wait for it.

    Returns:
        The exit code; None where there is no fork to be had and nothing has begun.
    """
    import resource

    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in names}
    request = {"job": job, "environment": dict(os.environ), "folder": str(Path.cwd()), "limits": limits}
    message = json.dumps(request).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(WARM_SECONDS)
        answers = connection.makefile(encoding="utf-8")
        try:
            connection.connect(job["warm"])
            socket.send_fds(connection, [len(message).to_bytes(8, "big")], [job["events"], sys.stderr.fileno()])
            connection.sendall(message)
            started = answers.readline()
        except OSError:
            return None
        if not started:
            return None

        def pass_on(number: int, _: Any) -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(started), number)

        signal.signal(SAVE_SIGNAL, pass_on)
        connection.settimeout(None)
        with contextlib.suppress(OSError):
            ended = answers.readline()
            if ended:
                return int(ended)
    print("The process that executed the notebook was killed.", file=sys.stderr)
    return 1


def execute_job(job: dict[str, Any]) -> int:
    """Execute the job's notebook in this process, end all that it leaves running, and return the exit code."""
    import psutil

    from textlab.runner.executing.memory import GIGABYTE, MemoryWatch

    adopt_orphans()
    with os.fdopen(job["events"], "w", encoding="utf-8", buffering=1) as events:

        def tell(**event: Any) -> None:
            events.write(json.dumps(event) + "\n")

        try:
            with MemoryWatch(job.get("memory")) as memory:
                failure = _execute(
                    Path(job["notebook"]), Path(job["output"]), job["parameters"], job.get("cell_seconds"), tell
                )
        finally:
            end_children(psutil.Process())
        tell(memory=memory.peak)
        if failure and memory.is_exceeded:
            given = job["memory"] / GIGABYTE
            failure = {
                "status": "died",
                "error": f"Out of memory: it took more than the {given:g} GB that it was given.",
            }
        if failure:
            tell(**failure)
    return 1 if failure else 0


def _end_with(parent: int) -> None:
    """Wait for the runner to go, however it goes, and take the kernel and all it started along."""
    while os.getppid() == parent:  # a child of a process that has gone gets another parent
        time.sleep(0.5)
    end_own_tree()


def adopt_orphans() -> None:
    """Become the parent of what descendants leave behind when they end, so that it is found to be ended (Linux)."""
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_own_tree() -> None:
    """Kill this process and all its descendants."""
    import psutil

    end_tree(psutil.Process())


def end_tree(process: "psutil.Process") -> None:
    """Kill a process and all its descendants: a kernel has a session of its own, which no group signal reaches."""
    import psutil

    end_children(process)
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def end_children(process: "psutil.Process") -> None:
    """Kill all descendants of a process."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        for started in process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                started.kill()


def _execute(
    notebook: Path, output: Path, parameters: dict[str, Any], cell_seconds: float | None, tell: Any
) -> dict[str, str] | None:
    """Execute with papermill; return None, or the status and the error of what went wrong."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.iorw import write_ipynb

    from textlab.runner.executing.engine import Telling, TellingEngine
    from textlab.runner.executing.memory import OUT_OF_MEMORY

    telling = Telling(tell)
    saving = Path(f"{output}.saving")  # what is half written never has the name of what is whole

    def save(*_: Any) -> None:
        if telling.notebook is not None:
            write_ipynb(telling.notebook, str(saving))
            saving.replace(output)

    papermill_engines.register("telling", TellingEngine)
    signal.signal(SAVE_SIGNAL, save)
    try:
        try:
            executed = papermill.execute_notebook(
                str(notebook),
                str(saving),
                parameters,
                engine_name="telling",
                telling=telling,
                progress_bar=False,
                request_save_on_cell_execute=False,  # saving after each cell costs more the longer the notebook grows
                execution_timeout=cell_seconds,
            )
            saving.replace(output)
        except PapermillExecutionError as error:
            saving.replace(output)
            if error.ename in OUT_OF_MEMORY:
                return {"status": "died", "error": f"Out of memory: {error.ename}: {error.evalue}"}
            return {"status": "failed", "error": f"{error.ename}: {error.evalue}"}
        except DeadKernelError:
            save()  # papermill saves nothing where the kernel went away
            return {"status": "died", "error": "The kernel died: killed by a signal, or out of memory."}
        except CellTimeoutError:
            save()
            told = f"Code cell {telling.code_cell} ran for more than {cell_seconds} seconds."
            return {"status": "timed out", "error": told}
    except OSError as error:
        if error.errno not in FULL:
            raise
        saving.unlink(missing_ok=True)
        return {"status": "failed", "error": f"The executed notebook could not be saved: {error.strerror}."}
    if any(output.get("ename") == "SystemExit" for cell in executed.cells for output in cell.get("outputs", [])):
        return {"status": "failed", "error": "SystemExit: the notebook ended itself before its last cell."}
    return None


if __name__ == "__main__":
    main()
