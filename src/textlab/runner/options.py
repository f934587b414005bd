"""The options of the command line, checked before anything starts."""

from collections.abc import Sequence
from dataclasses import dataclass

EXECUTORS = ("local", "ray")


@dataclass(frozen=True)
class Options:
    """The options of the command line; None means that the runner chooses.

    Attributes:
        only: a notebook's name or a pattern.
        settings: parameters that override the grid's, each as `name=value`.
        jobs: number of notebooks at once.
        timeout: seconds after which a notebook is stopped if the grid file states no limit.
        force, retry_failed, fail_fast, warm: see `ExecutionOptions`.
        executor: "local" or "ray".
        address: host:port of the Ray cluster's head.
    """

    only: str | None = None
    settings: Sequence[str] = ()
    jobs: int | None = None
    timeout: float | None = None
    force: bool = False
    retry_failed: bool = False
    fail_fast: bool = False
    warm: bool = True
    executor: str = "local"
    address: str | None = None

    def check(self) -> None:
        """Check the options against each other.

        Raises:
            ValueError: an option is not valid.
        """
        if self.jobs is not None and self.jobs < 1:
            raise ValueError(f"--jobs is {self.jobs}. State at least 1, or leave it out.")
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"--timeout is {self.timeout:g}. State a positive number, or leave it out for no limit.")
        if self.executor not in EXECUTORS:
            raise ValueError(f"Unknown executor '{self.executor}'. Available: {', '.join(EXECUTORS)}.")
        if self.address is not None and self.executor != "ray":
            raise ValueError(f"--address {self.address} names a Ray cluster. Add --executor ray.")
