"""A fork of the warm process becomes a Jupyter kernel that starts as a fresh one would."""

import gc
import importlib.util
import json
import os
import signal
import socket
import sys
import threading

from textlab.runner.kernels.job import SAVE_SIGNAL

PR_SET_PDEATHSIG = 1  # from linux/prctl.h
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def enter(environment: dict[str, str], folder: str) -> None:
    """Enter this folder with exactly these variables, and forget textlab's modules: they may have changed on disk."""
    gc.enable()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "textlab"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def become_kernel(channel: socket.socket, imported_with: dict[str, str], parent: int) -> int:
    """Wait for the kernel's command, then run it as a fresh Python would; return the exit code."""
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
    enter(request["environment"], request["folder"])
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
    """Reset the state that imports left behind and a fresh process would not have."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP, SAVE_SIGNAL):
        signal.signal(number, signal.SIG_DFL)
    for name in ("tqdm.auto", "tqdm.autonotebook"):  # on import they decide whether they run in a kernel
        sys.modules.pop(name, None)
    # After a fork Python seeds its own random generator again, but no other.
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()
    if "matplotlib" in sys.modules and "MPLBACKEND" in os.environ:
        sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]
    if any(os.environ.get(name) != imported_with.get(name) for name in THREADS):
        _set_threads()


def _set_threads() -> None:
    """Set the numeric libraries' threads to those of the environment, which they read only on import."""
    from threadpoolctl import threadpool_limits

    cores = len(os.sched_getaffinity(0))
    openmp = _number("OMP_NUM_THREADS") or cores
    threadpool_limits({"openmp": openmp, "blas": _number("OPENBLAS_NUM_THREADS") or openmp})
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(_number("OMP_NUM_THREADS") or _number("MKL_NUM_THREADS") or cores)
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].set_cpu_count(openmp)


def _number(variable: str) -> int:
    number = os.environ.get(variable, "").partition(",")[0]
    return int(number) if number.isdigit() else 0


def _finish() -> int:
    """Exit as Python does: wait for threads, then call the functions registered with atexit."""
    threading._shutdown()  # type: ignore[attr-defined]
    import atexit

    atexit._run_exitfuncs()
    return 0
