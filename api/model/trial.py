"""A trial of a version in a process of its own: python -m api.model.trial FOLDER ENGINE THREADS LONGEST SECONDS

The process checks the bundle, loads it, warms it up and measures its cost. It prints the bytes of memory that the model
takes, {"error": null, "bytes": 1000000}, or the reason why the version cannot be served. A graph that hangs, uses too
much memory or crashes TensorFlow harms only this process.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from api.settings import Settings
from textlab.bundle_format.documents import BundleError

CHECK_SECONDS = 0.05
NICENESS = 5  # the workers answer meanwhile, on the same cores
OUT_OF_MEMORY_SCORE = Path("/proc/self/oom_score_adj")


class TrialError(Exception):
    """A version did not pass its trial. The message gives the reason."""


def try_version(number: int, settings: Settings) -> int:
    """Load a version in another process, within `load_seconds` and `load_megabytes`.

    Returns the bytes of memory that the model takes in a process that holds TensorFlow already.

    Args:
        number: the version.
        settings: the settings of the service.

    Raises:
        TrialError: the version could not be loaded, or it exceeded a limit.
    """
    arguments = [settings.model / str(number), settings.engine, settings.model_threads, settings.max_characters]
    process = subprocess.Popen(
        [sys.executable, "-m", "api.model.trial", *map(str, arguments), str(settings.load_seconds)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        _watch(process, number, settings)
        output, _ = process.communicate()
    finally:
        process.kill()
        process.wait()
    return _bytes_in(output, process.returncode, number)


def _watch(process: subprocess.Popen[bytes], number: int, settings: Settings) -> None:
    """Wait for the end of the process. Its output fits into the buffer of a pipe, so it is read afterwards."""
    until, watched = time.monotonic() + settings.load_seconds, psutil.Process(process.pid)
    while process.poll() is None:
        if time.monotonic() > until:
            raise TrialError(
                f"Version {number} was not loaded within {settings.load_seconds:g} seconds. "
                "Export the model again, or raise TEXTLAB_API_LOAD_SECONDS."
            )
        try:
            megabytes = watched.memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            megabytes = 0.0
        if megabytes > settings.load_megabytes:
            raise TrialError(
                f"Version {number} needs more than {settings.load_megabytes:,} MB to load. "
                "Export a smaller model, or raise TEXTLAB_API_LOAD_MEGABYTES."
            )
        with suppress(subprocess.TimeoutExpired):
            process.wait(CHECK_SECONDS)


def _bytes_in(output: bytes, status: int, number: int) -> int:
    """The bytes of memory in the output of the process."""
    try:
        document = json.loads(output.splitlines()[-1]) if status == 0 else {"error": ""}
        if document["error"] is None:
            return int(document["bytes"])
        error = document["error"]
    except (IndexError, ValueError, KeyError, TypeError):
        error = ""
    raise TrialError(error or f"Version {number} crashed the process that loaded it. Export the model again.")


def _loaded(folder: Path, settings: list[str]) -> dict[str, str | int | None]:
    """The bytes that the version in `folder` takes, or the reason why it cannot be served."""
    from api.model.tasks import load_model
    from api.model.tensorflow_library import library

    engine, threads, longest = settings
    try:
        if engine == "saved_model":
            import tensorflow  # noqa: F401  its memory does not belong to the model
        else:
            library()
        before = psutil.Process().memory_info().rss
        model = load_model(folder, int(threads), engine, int(longest))  # type: ignore[arg-type]  # noqa: F841  it is kept
        return {"error": None, "bytes": max(psutil.Process().memory_info().rss - before, 0)}
    except BundleError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001  every error is a reason
        return {"error": f"Version {folder.name} could not be loaded ({type(error).__name__}). Export the model again."}


if __name__ == "__main__":
    signal.alarm(int(float(sys.argv[5])) + 2)  # ends the process even if the waiting worker has died
    os.nice(NICENESS)
    if OUT_OF_MEMORY_SCORE.exists():
        OUT_OF_MEMORY_SCORE.write_text("1000")  # if memory runs out, the system kills this process first
    print(json.dumps(_loaded(Path(sys.argv[1]), sys.argv[2:5])), flush=True)
    os._exit(0)  # without waiting for TensorFlow's threads
