"""A process that is forked for each notebook: `python -m textlab.runner.kernels.warm_process SETTINGS`, as JSON.

    lifeline     a file descriptor that closes when the runner ends, however it ends; this process ends with it
    listeners    the sockets that accept executions, by framework ("" for none), as file descriptors

The process imports what many notebooks need and does nothing else. It runs no operation, starts no thread and does not
touch CUDA, because none of that survives a fork. For each framework it forks a process that imports the framework as
well; TensorFlow and torch do not share a process reliably. Each execution is a fork of one of these processes. It forks
the kernel at once, before anything has begun, and then works like `textlab.runner.kernels.kernel`.

               runner ── textlab.runner.kernels.kernel (waits)
                 │                 ┊ socket: when one end closes, the other process ends
            warm process ────── executes with papermill ── kernel
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from textlab.iri_parser import postpone_iri_parser
from textlab.runner.kernels.forked_kernel import become_kernel, enter
from textlab.runner.kernels.processes import adopt_orphans, kill_own_tree, kill_tree

STDERR = 2
REFUSAL = "Kernels cannot be forked"
# The libraries that notebooks import, at once or when first used. Those that import quickly are left out.
LIBRARIES = {
    "": (
        *("papermill", "papermill.iorw", "ipykernel.kernelapp", "ipykernel.ipkernel", "psutil", "threadpoolctl"),
        *("numpy", "pandas", "jinja2", "pyarrow.parquet", "pyarrow.dataset", "scipy.sparse", "scipy.stats"),
        *("matplotlib.pyplot", "matplotlib.backends.backend_agg", "sklearn.feature_extraction.text"),
        *("sklearn.linear_model", "sklearn.manifold", "sklearn.metrics", "sklearn.model_selection"),
        *("mlflow", "mlflow.store.tracking.sqlalchemy_store"),
    ),
    "tensorflow": ("tensorflow", "keras", "gensim.models"),
    "torch": ("torch", "transformers.modeling_utils", "tokenizers", "captum.attr"),
}
# Variables that libraries read while they are imported. A job with other values needs a plain kernel.
READ_AT_IMPORT = ("PYTHON", "LD_", "KERAS_", "HF_", "TRANSFORMERS_", "TOKENIZERS_", "TF_CPP_", "TORCH_")


def main() -> None:
    """Import, fork a process for each framework, and serve until the runner ends."""
    settings = json.loads(sys.argv[1])
    if sys.path[0] == str(Path.cwd()):  # Python adds it for -m; a kernel starts without it
        del sys.path[0]
    gc.disable()  # a collection would write to, and so copy, the pages that the forks share
    postpone_iri_parser()
    _import(LIBRARIES[""])
    listeners = {name: socket.socket(fileno=number) for name, number in settings["listeners"].items()}
    own = listeners.pop("")
    served = set()
    for name, listener in listeners.items():
        process = os.fork()
        if not process:
            for other in (own, *listeners.values()):
                if other is not listener:
                    other.close()
            _import(LIBRARIES[name])
            _serve(listener, settings["lifeline"], set())
        served.add(process)
    for listener in listeners.values():
        listener.close()
    _serve(own, settings["lifeline"], served)


def _import(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # a notebook that needs the library reports the error
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _unsafe() -> str | None:
    """Why this process must not be forked; None if it may."""
    if threading.active_count() > 1:
        return f"an import started threads: {', '.join(thread.name for thread in threading.enumerate()[1:])}"
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the descriptor that lists the folder is closed by now
            if str(descriptor.readlink()).startswith("/dev/nvidia"):
                return "an import touched CUDA"
    return None


def _serve(listener: socket.socket, lifeline: int, others: set[int]) -> None:
    """Fork for each connection until the lifeline closes; does not return.

    Args:
        listener: the socket that accepts executions.
        lifeline: a descriptor that closes when the runner ends.
        others: children that are not executions.
    """
    reason = _unsafe()
    if reason:
        print(f"{REFUSAL}: {reason}.", file=sys.stderr)
        os._exit(1)
    adopt_orphans()
    environment = dict(os.environ)
    running: dict[int, int] = {}
    with selectors.PollSelector() as waited_for:
        waited_for.register(listener, selectors.EVENT_READ)
        waited_for.register(lifeline, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in waited_for.select()}
            if lifeline in ready:
                kill_own_tree()
            if listener.fileno() in ready:
                connection, _ = listener.accept()
                process = os.fork()
                if not process:
                    for descriptor in (listener.detach(), lifeline, *running):
                        os.close(descriptor)
                    _call_and_exit(_execute, connection, environment)
                connection.close()
                descriptor = os.pidfd_open(process)
                running[descriptor] = process
                waited_for.register(descriptor, selectors.EVENT_READ)
            for descriptor in ready & running.keys():
                waited_for.unregister(descriptor)
                os.close(descriptor)
                os.waitpid(running.pop(descriptor), 0)
                _kill_children_except({*running.values(), *others})


def _kill_children_except(processes: set[int]) -> None:
    """Kill what a killed execution left behind, and then what those processes leave behind in turn."""
    import psutil

    while orphans := [child for child in psutil.Process().children() if child.pid not in processes]:
        for orphan in orphans:
            kill_tree(orphan)
            orphan.wait()


def _call_and_exit(act: Callable[..., int], *arguments: Any) -> None:
    """Call a function in a fork and exit with the code that it returns; never return into the forked program."""
    code = 1
    try:
        code = act(*arguments)
    except BaseException:  # noqa: BLE001 - nothing above this frame would show it
        traceback.print_exc()
    finally:
        for stream in (sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(OSError, AttributeError):
                stream.flush()  # type: ignore[union-attr]
        os._exit(code)  # finalising the imported libraries would take up to two seconds


def _execute(connection: socket.socket, environment: dict[str, str]) -> int:
    """Execute the job that the other end of `connection` sends; return the exit code."""
    os.setsid()
    length, descriptors, _, _ = socket.recv_fds(connection, 8, 2, socket.MSG_CMSG_CLOEXEC | socket.MSG_WAITALL)
    request = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    if _read_at_import(request["environment"]) != _read_at_import(environment):
        return 0  # no answer: the other end starts a plain kernel
    import resource

    events, complaints = descriptors
    os.dup2(complaints, STDERR)
    os.close(complaints)
    for name, limit in request["limits"].items():
        resource.setrlimit(getattr(resource, name), limit)
    enter(request["environment"], request["folder"])
    process, channel = _fork_kernel(connection, events, environment)
    threading.Thread(target=_exit_with, args=(connection,), daemon=True).start()
    connection.sendall(f"{os.getpid()}\n".encode())

    from textlab.runner.kernels.job import Job, execute_job
    from textlab.runner.kernels.warm_provisioner import launch_next_kernel_in

    launch_next_kernel_in(process, channel)
    try:
        code = execute_job(Job(**request["job"] | {"events": events}))
    except Exception:  # noqa: BLE001 - reported as Python reports it in a process of its own
        traceback.print_exc()
        code = 1
    connection.sendall(f"{code}\n".encode())
    return code


def _read_at_import(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_IMPORT)}


def _exit_with(connection: socket.socket) -> None:
    """Wait for the other end to close, then kill this process and everything that it started."""
    with contextlib.suppress(OSError):
        connection.recv(1)
    kill_own_tree()


def _fork_kernel(connection: socket.socket, events: int, environment: dict[str, str]) -> tuple[int, socket.socket]:
    """Fork a child that waits to become the kernel; return its number and the channel to it."""
    channel, other = socket.socketpair()
    process = os.fork()
    if not process:
        channel.close()
        connection.close()
        os.close(events)
        _call_and_exit(become_kernel, other, environment, os.getppid())
    other.close()
    return process, channel


if __name__ == "__main__":
    main()
