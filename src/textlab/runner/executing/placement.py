"""Divide the machine among the notebooks that run at once: cores, GPUs and memory."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from textlab.runner.kernels.memory import GIGABYTE

JOB_MEMORY = 2 * GIGABYTE  # roughly what a notebook with TensorFlow or torch uses
THREAD_VARIABLES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "LOKY_MAX_CPU_COUNT"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "RAYON_NUM_THREADS"),
)


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_jobs() -> int:
    """The number of cores, or fewer if the free memory does not hold so many notebooks."""
    return max(1, min(available_cores(), int(psutil.virtual_memory().available // JOB_MEMORY)))


def visible_gpus() -> list[str]:
    """The NVIDIA GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them."""
    names = os.environ.get("CUDA_VISIBLE_DEVICES")
    if names is not None:
        return [name for name in names.split(",") if name.strip() and name.strip() != "-1"]
    if shutil.which("nvidia-smi") is None:
        return []
    answer = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    if answer.returncode:
        return []
    gpus = [line for line in answer.stdout.splitlines() if line.startswith("GPU ")]
    return [str(number) for number in range(len(gpus))]


def thread_variables(threads: int) -> dict[str, str]:
    """The environment variables that set the number of threads of numeric libraries."""
    return {name: str(threads) for name in THREAD_VARIABLES}


@dataclass(frozen=True)
class Place:
    """The part of the machine that one notebook receives.

    Attributes:
        threads: number of threads of each numeric library.
        gpus: names of its GPUs; empty if it requested none, None if the machine has none.
        share: its share of each of those GPUs; 1 for the whole GPU.
        memory: bytes that it is expected to use.
    """

    threads: int
    gpus: tuple[str, ...] | None = None
    share: float = 0.0
    memory: float = 0.0

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that restrict the libraries to this place."""
        threads = thread_variables(self.threads)
        return threads if self.gpus is None else threads | {"CUDA_VISIBLE_DEVICES": ",".join(self.gpus) or "-1"}


class Placement:
    """Divides the machine's cores, GPUs and memory among at most `jobs` notebooks at once.

    Args:
        jobs: at least 1.
        gpus: names of the machine's GPUs.
        cores: number of cores of the cluster; None for this machine. On a cluster, this machine's memory does not
            count.

    Attributes:
        threads: number of threads that each notebook receives.
    """

    def __init__(self, jobs: int, gpus: Sequence[str], cores: int | None = None) -> None:
        self.jobs = jobs
        self._memory = psutil.virtual_memory().available if cores is None else None
        self.threads = max(1, (cores or available_cores()) // jobs)
        self._free = dict.fromkeys(gpus, 1.0)
        self._reserved: list[Place] = []

    def reserve(self, gpus: float, memory: float = JOB_MEMORY) -> Place | None:
        """Reserve a place for one more notebook; return None if there is none at present.

        Args:
            gpus: number of GPUs requested; below 1 a share of one. If the machine has fewer, the notebook receives all
                of them; if it has none, the notebook runs on the CPU.
            memory: bytes that the notebook is expected to use. A notebook that fits beside no other runs alone.
        """
        if len(self._reserved) >= self.jobs or (self._reserved and not self._fits(memory)):
            return None
        share = min(gpus, 1.0)
        count = min(max(1, round(gpus)), len(self._free)) if gpus else 0
        names = [name for name, free in self._free.items() if free >= share - 1e-9][:count]
        if len(names) < count:
            return None
        place = Place(self.threads, tuple(names) if self._free else None, share, memory)
        self._add_free_shares(place, -1)
        self._reserved.append(place)
        return place

    def _fits(self, memory: float) -> bool:
        """Whether this much memory is free now, and remains free once the running notebooks use what is expected."""
        if self._memory is None:
            return True
        expected = sum(place.memory for place in self._reserved)
        return psutil.virtual_memory().available >= memory and expected + memory <= self._memory

    def release(self, place: Place) -> None:
        """Free a place whose notebook has ended."""
        self._reserved.remove(place)
        self._add_free_shares(place, 1)

    def _add_free_shares(self, place: Place, sign: int) -> None:
        for name in place.gpus or ():
            self._free[name] += sign * place.share
