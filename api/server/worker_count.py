"""The number of worker processes: as set, or as many as the free cores and the free memory can serve."""

from dataclasses import dataclass

from api.machine import Machine, this_machine
from api.model.versions import numbers
from api.settings import Settings, variable

MOST = 8  # a larger number must be set: each worker holds a model, and applies its part of the limits per caller
LIBRARY_BYTES = 300e6  # TensorFlow's library, which the workers share
WORKER_BYTES = 100e6  # a worker without its models
PACKAGE_BYTES = 360e6  # TensorFlow's Python package, which the engine `saved_model` imports
MODELS_AT_ONCE = 2  # during a switch, two models are in memory


@dataclass(frozen=True)
class WorkerCount:
    """A number of workers, and the reason for it in one sentence."""

    number: int
    reason: str


def worker_count(settings: Settings, machine: Machine | None = None) -> WorkerCount:
    """Choose the number of workers.

    Args:
        settings: a number in `workers` is kept; 0 leaves the choice to this function.
        machine: cores and memory that the service may use; measured by default.
    """
    if settings.workers:
        return WorkerCount(settings.workers, f"{variable('workers')} sets the number.")
    machine = machine or this_machine()
    by_cores = int(machine.cores - machine.busy + 0.5)
    by_memory = int((machine.free_bytes - LIBRARY_BYTES) / _bytes_of_a_worker(settings))
    if by_memory < min(by_cores, MOST):
        reason = f"{machine.free_bytes / 1e6:,.0f} MB of memory are free."
    elif by_cores > MOST:
        reason = f"{machine.cores - machine.busy:.1f} cores are free, and {MOST} workers are the most by default."
    else:
        reason = f"{machine.cores:g} cores are allowed, and other processes use {machine.busy:.1f} of them."
    return WorkerCount(max(1, min(by_cores, by_memory, MOST)), reason)


def _bytes_of_a_worker(settings: Settings) -> float:
    folders = [settings.model / str(number) for number in numbers(settings.model)]
    sizes = [sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) for folder in folders]
    package = PACKAGE_BYTES if settings.engine == "saved_model" else 0
    return WORKER_BYTES + package + MODELS_AT_ONCE * max(sizes, default=0)
