"""How many notebooks run at once, and what of the machine each is given: threads, GPUs."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

GIGABYTE = 2**30
JOB_MEMORY = 2 * GIGABYTE  # what a notebook with TensorFlow or torch takes, roughly
THREAD_VARIABLES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "LOKY_MAX_CPU_COUNT"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "RAYON_NUM_THREADS"),
)


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_jobs() -> int:
    """As many as there are cores, but no more than the free memory holds."""
    return max(1, min(available_cores(), int(psutil.virtual_memory().available // JOB_MEMORY)))


def visible_gpus() -> list[str]:
    """The NVIDIA GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name for name in named.split(",") if name.strip() and name.strip() != "-1"]
    if shutil.which("nvidia-smi") is None:
        return []
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    found = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")] if not listed.returncode else []
    return [str(number) for number in range(len(found))]


def thread_variables(threads: int) -> dict[str, str]:
    """The variables that tell numeric libraries how many threads to use."""
    return {name: str(threads) for name in THREAD_VARIABLES}


@dataclass(frozen=True)
class Place:
    """What one notebook is given.

    Attributes:
        threads: of each numeric library.
        gpus: by name; none where it asked for none, None where there are none.
        share: of each of those GPUs; 1 for the whole.
        memory: bytes that it is expected to take.
    """

    threads: int
    gpus: tuple[str, ...] | None = None
    share: float = 0.0
    memory: float = 0.0

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the libraries are told."""
        threads = thread_variables(self.threads)
        return threads if self.gpus is None else threads | {"CUDA_VISIBLE_DEVICES": ",".join(self.gpus) or "-1"}


class Placement:
    """Hands out the machine's cores, GPUs and memory to at most `jobs` notebooks at once.

    Args:
        jobs: at least 1.
        gpus: the names of those there are.
        cores: how many are divided; those of this machine where it is not said. Where it is, the notebooks run
            elsewhere, and this machine's memory does not count.

    Attributes:
        threads: that each notebook is given.
    """

    def __init__(self, jobs: int, gpus: Sequence[str], cores: int | None = None) -> None:
        self.jobs = jobs
        self._memory = psutil.virtual_memory().available if cores is None else None
        self.threads = max(1, (cores or available_cores()) // jobs)
        self._free = dict.fromkeys(gpus, 1.0)
        self._taken: list[Place] = []

    def take(self, gpus: float, memory: float = JOB_MEMORY) -> Place | None:
        """A place for one more notebook; None while there is none.

        Args:
            gpus: how many it asked for: below 1 a share of one. Where there are fewer than that, it gets all there
                are, and the CPU where there are none.
            memory: bytes that it is expected to take. What fits beside nothing else is given a place of its own.
        """
        if len(self._taken) >= self.jobs or (self._taken and not self._fits(memory)):
            return None
        share = min(gpus, 1.0)
        wanted = min(max(1, round(gpus)), len(self._free)) if gpus else 0
        free = [name for name, left in self._free.items() if left >= share - 1e-9][:wanted]
        if len(free) < wanted:
            return None
        place = Place(self.threads, tuple(free) if self._free else None, share, memory)
        self._change(place, -1)
        self._taken.append(place)
        return place

    def _fits(self, memory: float) -> bool:
        """Whether so much is free now, and will be once those that run have taken what is expected of them."""
        if self._memory is None:
            return True
        promised = sum(place.memory for place in self._taken)
        return psutil.virtual_memory().available >= memory and promised + memory <= self._memory

    def give_back(self, place: Place) -> None:
        """The notebook in this place has ended."""
        self._taken.remove(place)
        self._change(place, 1)

    def _change(self, place: Place, sign: int) -> None:
        for name in place.gpus or ():
            self._free[name] += sign * place.share
