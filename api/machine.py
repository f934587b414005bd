"""The part of the machine that the service may use: cores and memory, within the limits of its container."""

import math
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.2
CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Machine:
    """Cores and memory that the service may use.

    Attributes:
        cores: cores that this process may run on, after its affinity and the quota of its container.
        busy: cores among them that other processes use.
        free_bytes: memory that is available.
    """

    cores: float
    busy: float
    free_bytes: float


def this_machine() -> Machine:
    """Measure the cores and the memory that this process may use. It takes SAMPLE_SECONDS.

    Cores count as busy if they are busy now and were busy over the last minute. The minute alone would include a
    former run of the service, and the moment alone may be a short burst.
    """
    everything = psutil.cpu_count() or 1
    allowed = len(psutil.Process().cpu_affinity() or ()) if hasattr(psutil.Process, "cpu_affinity") else everything
    now = everything * psutil.cpu_percent(SAMPLE_SECONDS) / 100
    # The other processes are assumed to use the same share of every core.
    busy = min(now, psutil.getloadavg()[0]) * allowed / everything
    return Machine(min(allowed, quota_of(CGROUPS / _group_name())), busy, free_bytes())


def free_bytes() -> float:
    """The bytes of memory that are available to this process."""
    return min(psutil.virtual_memory().available, free_bytes_of(CGROUPS / _group_name()))


def quota_of(group: Path) -> float:
    """The number of cores that a control group allows, infinite if it states no quota (cgroup v2, else v1)."""
    words = _words(group / "cpu.max") or [
        *_words(CGROUPS / "cpu" / "cpu.cfs_quota_us"),
        *_words(CGROUPS / "cpu" / "cpu.cfs_period_us"),
    ]
    limited = len(words) == 2 and words[0] not in ("max", "-1")
    return int(words[0]) / int(words[1]) if limited else math.inf


def free_bytes_of(group: Path) -> float:
    """The bytes that a control group still allows, infinite if it states no limit (cgroup v2, else v1)."""
    words = [*_words(group / "memory.max"), *_words(group / "memory.current")] or [
        *_words(CGROUPS / "memory" / "memory.limit_in_bytes"),
        *_words(CGROUPS / "memory" / "memory.usage_in_bytes"),
    ]
    limited = len(words) == 2 and words[0] != "max"
    return int(words[0]) - int(words[1]) if limited else math.inf


def _group_name() -> str:
    """The name of this process's control group of version 2, empty if there is none."""
    words = _words(Path("/proc/self/cgroup"))
    return next((word.removeprefix("0::/") for word in words if word.startswith("0::/")), "")


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()
    except OSError:
        return []
