"""Execute one notebook in a process of its own: `python -m textlab.runner.kernels.kernel JOB`, where JOB is JSON.

If the job names a warm process, a fork of that process executes the notebook, and this process only waits for it:
starting Python and importing libraries is most of the cost of a short notebook. This module imports little for the same
reason.
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
from typing import Any

from textlab.runner.kernels.job import SAVE_SIGNAL, Job, execute_job
from textlab.runner.kernels.processes import kill_own_tree

WARM_SECONDS = 300.0  # time limit for a warm process to finish its imports


def main() -> None:
    """Execute the job's notebook; exit with 0 if every code cell ran, with 1 if one failed or the kernel died."""
    job = Job(**json.loads(sys.argv[1]))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    code = _execute_warm(job, job.warm) if job.warm else None
    sys.exit(execute_job(job) if code is None else code)


def _execute_warm(job: Job, address: str) -> int | None:
    """Let a fork of the warm process at `address` execute the job, and wait for it.

    Returns:
        The exit code; None if no fork is available and nothing has begun.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(WARM_SECONDS)
        answers = connection.makefile(encoding="utf-8")
        try:
            connection.connect(address)
            _send(connection, job)
            process = answers.readline()
        except OSError:
            return None
        if not process:
            return None

        def pass_on(number: int, _: Any) -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), number)

        signal.signal(SAVE_SIGNAL, pass_on)
        connection.settimeout(None)
        with contextlib.suppress(OSError):
            code = answers.readline()
            if code:
                return int(code)
    print("The process that executed the notebook was killed.", file=sys.stderr)
    return 1


def _send(connection: socket.socket, job: Job) -> None:
    """Send the job with this process's environment, folder and resource limits."""
    import resource

    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in names}
    request = {"job": vars(job), "environment": dict(os.environ), "folder": str(Path.cwd()), "limits": limits}
    message = json.dumps(request).encode()
    socket.send_fds(connection, [len(message).to_bytes(8, "big")], [job.events, sys.stderr.fileno()])
    connection.sendall(message)


def _end_with(parent: int) -> None:
    """Kill the kernel and everything that it started as soon as the runner ends, however it ends."""
    while os.getppid() == parent:  # an orphan gets another parent
        time.sleep(0.5)
    kill_own_tree()


if __name__ == "__main__":
    main()
