"""Execute one notebook in a process of its own: `python -m textlab.runner.kernel JOB`, the job as JSON in its argument.

    notebook, output    paths
    parameters          by name
    events              the file descriptor on which is told what happens, line by line, as JSON
    cell_seconds        how long one code cell may run, or nothing for no limit
    warm                the address of a warm process (`textlab.runner.warm_kernels`), or nothing for a plain kernel

With a warm process, that is forked to do the work in place of this one, which only waits: starting Python is most of
what a short notebook costs. It imports little for the same reason.
"""

import contextlib
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
OUTPUT_SECONDS = 600  # how long what a cell has printed may take to arrive after the cell has ended
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

    adopt_orphans()
    with os.fdopen(job["events"], "w", encoding="utf-8", buffering=1) as events:

        def tell(**event: Any) -> None:
            events.write(json.dumps(event) + "\n")

        try:
            failure = _execute(
                Path(job["notebook"]), Path(job["output"]), job["parameters"], job.get("cell_seconds"), tell
            )
        finally:
            end_children(psutil.Process())
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
    notebook: Path, output: Path, parameters: dict[str, Any], cell_seconds: int | None, tell: Any
) -> dict[str, str] | None:
    """Execute with papermill; return None, or the status and the error of what went wrong."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import NBClientEngine, papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.iorw import write_ipynb

    executing: list[Any] = []
    told: list[int] = []  # the code cells that have begun

    def save(*_: Any) -> None:
        if executing:
            write_ipynb(executing[0], f"{output}.saving")
            Path(f"{output}.saving").replace(output)

    class TellingEngine(NBClientEngine):
        """papermill's own engine; it also tells which code cell is running."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **settings: Any) -> Any:
            code = [number for number, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
            cell_start = nb_man.cell_start
            executing.append(nb_man.nb)

            def told_start(cell: Any, cell_index: int | None = None, **more: Any) -> Any:
                if cell_index in code:
                    told.append(code.index(cell_index) + 1)
                    tell(code_cell=told[-1], code_cells=len(code))
                return cell_start(cell, cell_index, **more)

            nb_man.cell_start = told_start
            try:
                return super().execute_managed_notebook(nb_man, kernel_name, **settings)
            except RuntimeError:
                if told:
                    raise
                # Two kernels that start at once may have chosen the same port; nothing of the notebook has run yet.
                return super().execute_managed_notebook(nb_man, kernel_name, **settings)

    papermill_engines.register("telling", TellingEngine)
    signal.signal(SAVE_SIGNAL, save)
    try:
        executed = papermill.execute_notebook(
            str(notebook),
            str(output),
            parameters,
            engine_name="telling",
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,  # saving after each cell costs more the longer the notebook grows
            iopub_timeout=OUTPUT_SECONDS,
            execution_timeout=cell_seconds,
        )
    except PapermillExecutionError as error:
        return {"status": "failed", "error": f"{error.ename}: {error.evalue}"}
    except DeadKernelError:
        save()  # papermill saves nothing where the kernel went away
        return {"status": "died", "error": "The kernel died: killed by a signal, or out of memory."}
    except CellTimeoutError:
        save()
        return {"status": "timed out", "error": f"Code cell {told[-1]} ran for more than {cell_seconds} seconds."}
    if any(output.get("ename") == "SystemExit" for cell in executed.cells for output in cell.get("outputs", [])):
        return {"status": "failed", "error": "SystemExit: the notebook ended itself before its last cell."}
    return None


if __name__ == "__main__":
    main()
