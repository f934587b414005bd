"""Hardware, library versions and memory of this process."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

LIBRARIES = (
    *("textlab", "numpy", "pandas", "scikit-learn", "tensorflow", "tensorflow-cpu", "keras", "torch"),
    *("transformers", "gensim", "mlflow"),
)


def machine() -> str:
    """Return the machine in one line: system, processor, cores and memory."""
    import psutil

    cores, memory = os.cpu_count() or 1, psutil.virtual_memory().total / 1e9
    return f"{platform.system()}, {_processor()}, {cores} core{'s' * (cores > 1)}, {memory:.0f} GB of memory"


def _processor() -> str:
    """Return the processor's name on Linux, else its architecture, such as x86_64."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that can affect results."""
    versions = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue  # only one of tensorflow and tensorflow-cpu is installed
    return versions


def peak_memory_mb() -> float:
    """Return the peak memory of this process in units of 10^6 bytes; NaN if the system does not report it."""
    try:
        import resource
    except ImportError:  # on Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6  # bytes on macOS, kilobytes on Linux
