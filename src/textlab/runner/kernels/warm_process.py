"""The process that is forked for each notebook: `python -m textlab.runner.kernels.warm_process SETTINGS`, as JSON.

    lifeline     a file descriptor that closes when the runner ends, however it ends; this process goes with it
    listeners    the sockets at which executions are asked for, by framework ("" for none), as file descriptors

It imports what many notebooks need and does nothing else: no operation is run, no thread is started, no CUDA is
touched, since none of that survives a fork. For each framework it forks a process that imports that one too, because
TensorFlow and torch do not share a process well. Each execution is a fork of one of those: it forks the kernel off at
once, while nothing has begun, and then does what `textlab.runner.kernels.kernel` does in a process of its own.

               runner ── textlab.runner.kernels.kernel (waits)
                 │                 ┊ socket: when one end goes, the other follows
            warm process ────── executes with papermill ── kernel
"""

import contextlib
import gc
import importlib.util
import json
import os
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from textlab.runner.kernels.kernel import SAVE_SIGNAL, adopt_orphans, end_own_tree, end_tree

STDERR = 2
REFUSAL = "Kernels cannot be forked"
PR_SET_PDEATHSIG = 1  # of Linux, from linux/prctl.h
# What notebooks were seen to import, by name or when first used; what is not worth a second is left out.
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
# Variables that libraries read while they are imported: where a job has others, it needs a kernel of its own.
READ_AT_IMPORT = ("PYTHON", "LD_", "KERAS_", "HF_", "TRANSFORMERS_", "TOKENIZERS_", "TF_CPP_", "TORCH_")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Import, fork a process for each framework, and serve until the runner goes."""
    settings = json.loads(sys.argv[1])
    if sys.path[0] == str(Path.cwd()):  # Python has put it there for -m; a kernel begins without
        del sys.path[0]
    gc.disable()  # the collector would touch, and so copy, the pages that the forks share
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
        with contextlib.suppress(Exception):  # a notebook that needs what cannot be imported will tell
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _unsafe() -> str | None:
    """Why this process must not be forked; None where it may."""
    if threading.active_count() > 1:
        return f"an import has started threads: {', '.join(thread.name for thread in threading.enumerate()[1:])}"
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one that lists the folder is gone by now
            if str(descriptor.readlink()).startswith("/dev/nvidia"):
                return "an import has touched CUDA"
    return None


def _serve(listener: socket.socket, lifeline: int, others: set[int]) -> None:
    """Fork for every connection until the lifeline closes; does not return.

    Args:
        listener: where executions are asked for.
        lifeline: a descriptor that ends when the runner does.
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
                end_own_tree()
            if listener.fileno() in ready:
                connection, _ = listener.accept()
                process = os.fork()
                if not process:
                    for descriptor in (listener.detach(), lifeline, *running):
                        os.close(descriptor)
                    _end_process_after(_execute, connection, environment)
                connection.close()
                descriptor = os.pidfd_open(process)
                running[descriptor] = process
                waited_for.register(descriptor, selectors.EVENT_READ)
            for descriptor in ready & running.keys():
                waited_for.unregister(descriptor)
                os.close(descriptor)
                os.waitpid(running.pop(descriptor), 0)
                _end_children_but({*running.values(), *others})


def _end_children_but(processes: set[int]) -> None:
    """End what an execution that was killed has left to this process; what that leaves comes here in its turn."""
    import psutil

    while strangers := [child for child in psutil.Process().children() if child.pid not in processes]:
        for stranger in strangers:
            end_tree(stranger)
            stranger.wait()


def _end_process_after(act: Callable[..., int], *arguments: Any) -> None:
    """Call, in a fork, and end the process with the code that comes back: never return into what was forked."""
    code = 1
    try:
        code = act(*arguments)
    except BaseException:  # noqa: BLE001 - nothing above this would show it
        traceback.print_exc()
    finally:
        for stream in (sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(OSError, AttributeError):
                stream.flush()  # type: ignore[union-attr]
        os._exit(code)  # finalising all that was imported would take up to two seconds


def _execute(connection: socket.socket, environment: dict[str, str]) -> int:
    """Execute what the other end of `connection` asks for; the exit code."""
    os.setsid()
    length, descriptors, _, _ = socket.recv_fds(connection, 8, 2, socket.MSG_CMSG_CLOEXEC | socket.MSG_WAITALL)
    request = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    if _read_at_import(request["environment"]) != _read_at_import(environment):
        return 0  # without an answer: the other end starts a plain kernel
    import resource

    events, complaints = descriptors
    os.dup2(complaints, STDERR)
    os.close(complaints)
    for name, limit in request["limits"].items():
        resource.setrlimit(getattr(resource, name), limit)
    _enter(request["environment"], request["folder"])
    process, channel = _fork_kernel(connection, events, environment)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    connection.sendall(f"{os.getpid()}\n".encode())

    from textlab.runner.kernels.kernel import execute_job
    from textlab.runner.kernels.warm_provisioner import launch_next_kernel_in

    launch_next_kernel_in(process, channel)
    try:
        code = execute_job(request["job"] | {"events": events})
    except Exception:  # noqa: BLE001 - told as Python tells it where this is a process of its own
        traceback.print_exc()
        code = 1
    connection.sendall(f"{code}\n".encode())
    return code


def _read_at_import(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_IMPORT)}


def _enter(environment: dict[str, str], folder: str) -> None:
    """Begin in this folder with exactly these variables and with textlab's modules as they are on disk now."""
    gc.enable()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "textlab"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def _end_with(connection: socket.socket) -> None:
    """Wait for the other end to go and take everything along."""
    with contextlib.suppress(OSError):
        connection.recv(1)
    end_own_tree()


def _fork_kernel(connection: socket.socket, events: int, environment: dict[str, str]) -> tuple[int, socket.socket]:
    """Fork a child that waits to become the kernel; return it and the channel to tell it."""
    channel, other = socket.socketpair()
    process = os.fork()
    if not process:
        channel.close()
        connection.close()
        os.close(events)
        _end_process_after(_become_kernel, other, environment, os.getppid())
    other.close()
    return process, channel


def _become_kernel(channel: socket.socket, imported_with: dict[str, str], parent: int) -> int:
    """Wait for the command, then be a kernel as if Python had just been started with it; the exit code."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        return 1
    os.setsid()
    with channel, channel.makefile("rw", encoding="utf-8") as lines:
        line = lines.readline()
        if not line:
            return 0
        request = json.loads(line)
        lines.write("\n")
    _enter(request["environment"], request["folder"])
    _forget(imported_with)
    # The command is: python -m ipykernel_launcher ARGUMENTS
    launcher = importlib.util.find_spec("ipykernel_launcher")
    arguments = request["command"][3:]
    sys.argv = [str(launcher.origin if launcher else ""), *arguments]

    from ipykernel.kernelapp import IPKernelApp

    application = IPKernelApp.instance()
    application.initialize([*arguments, f"--IPKernelApp.parent_handle={parent}"])
    application.start()
    return _finish()


def _forget(imported_with: dict[str, str]) -> None:
    """What a process that has just begun would not have: state that the imports have left."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP, SAVE_SIGNAL):
        signal.signal(number, signal.SIG_DFL)
    for name in ("tqdm.auto", "tqdm.autonotebook"):  # they look once whether there is a kernel
        sys.modules.pop(name, None)
    # Python's own generator is seeded anew after a fork, others are not.
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()
    if "matplotlib" in sys.modules and "MPLBACKEND" in os.environ:
        sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]
    if any(os.environ.get(name) != imported_with.get(name) for name in THREADS):
        _set_threads()


def _set_threads() -> None:
    """Do what the numeric libraries did on import, with the numbers of threads that the environment states now."""
    from threadpoolctl import threadpool_limits

    cores = len(os.sched_getaffinity(0))
    openmp = _number("OMP_NUM_THREADS") or cores
    threadpool_limits({"openmp": openmp, "blas": _number("OPENBLAS_NUM_THREADS") or openmp})
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(_number("OMP_NUM_THREADS") or _number("MKL_NUM_THREADS") or cores)
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].set_cpu_count(openmp)


def _number(variable: str) -> int:
    stated = os.environ.get(variable, "").partition(",")[0]
    return int(stated) if stated.isdigit() else 0


def _finish() -> int:
    """End as Python does: wait for threads, run what was registered for the end."""
    threading._shutdown()  # type: ignore[attr-defined]
    import atexit

    atexit._run_exitfuncs()
    return 0


if __name__ == "__main__":
    main()
