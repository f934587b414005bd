"""Execute one notebook in a process of its own: `python -m textlab.runner.kernel JOB`, the job as JSON in its argument.

What happens is told line by line, as JSON, on the file descriptor that the job names.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil

SAVE_SIGNAL = signal.SIGUSR1  # the runner asks with it for what there is of the notebook, before it ends the process


def main() -> None:
    """Execute the job's notebook; exit code 0 when every cell ran, 1 when one failed or the kernel died."""
    job = json.loads(sys.argv[1])
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    with os.fdopen(job["events"], "w", encoding="utf-8", buffering=1) as events:

        def tell(**event: Any) -> None:
            events.write(json.dumps(event) + "\n")

        failure = _execute(Path(job["notebook"]), Path(job["output"]), job["parameters"], tell)
        if failure:
            tell(**failure)
            sys.exit(1)


def _end_with(parent: int) -> None:
    """Wait for the runner to go, however it goes, and take the kernel and all it started along."""
    while os.getppid() == parent:  # a child of a process that has gone gets another parent
        time.sleep(0.5)
    end_tree(psutil.Process())


def end_tree(process: psutil.Process) -> None:
    """Kill a process and all its descendants: a kernel has a session of its own, which no group signal reaches."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for started in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                started.kill()


def _execute(notebook: Path, output: Path, parameters: dict[str, Any], tell: Any) -> dict[str, str] | None:
    """Execute with papermill; return None, or the status and the error of what went wrong."""
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.engines import NBClientEngine, papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.iorw import write_ipynb

    executing: list[Any] = []

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
                    tell(code_cell=code.index(cell_index) + 1, code_cells=len(code))
                return cell_start(cell, cell_index, **more)

            nb_man.cell_start = told_start
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
        )
    except PapermillExecutionError as error:
        return {"status": "failed", "error": f"{error.ename}: {error.evalue}"}
    except DeadKernelError:
        save()  # papermill saves nothing where the kernel went away
        return {"status": "died", "error": "The kernel died: killed by a signal, or out of memory."}
    if any(output.get("ename") == "SystemExit" for cell in executed.cells for output in cell.get("outputs", [])):
        return {"status": "failed", "error": "SystemExit: the notebook ended itself before its last cell."}
    return None


if __name__ == "__main__":
    main()
