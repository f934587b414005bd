"""Options for executing the cells of a grid."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ExecutionOptions:
    """Options for executing the cells of a grid.

    Attributes:
        jobs: number of notebooks at once.
        gpus: names of the available GPUs.
        timeout: seconds after which a notebook is stopped if the grid file states no limit; None for no limit.
        fail_fast: whether the first failure prevents further cells from starting.
        force: whether to execute cells that are done, also if another runner has just finished them.
        retry_failed: whether to execute trials of a search that failed before.
        warm: whether to fork kernels from a warm process where that is safe.
    """

    jobs: int = 1
    gpus: Sequence[str] = ()
    timeout: float | None = None
    fail_fast: bool = False
    force: bool = False
    retry_failed: bool = False
    warm: bool = True
