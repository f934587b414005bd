"""Copy the runs of a grid to another tracker in the background, while the grid goes on."""

import contextlib
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from textlab.record.copies.tracker import MOST_FAILURES, Tracker, is_copied
from textlab.record.copies.weights_and_biases import (
    START_SECONDS,
    UPLOAD_SECONDS,
    WeightsAndBiases,
    chosen_mode,
    problem,
)
from textlab.record.decisions import store_must_answer
from textlab.record.store import environment

logger = logging.getLogger(__name__)

IMPORT_SECONDS = 60.0  # for the imports of a process, on a busy machine
END_SECONDS = 180.0  # how long a grid waits at its end
GRACE_SECONDS = 5.0  # for a process that was killed
PRIORITY = 10  # as `nice` counts: the notebooks come first
COMPLAINT = "Error: "


class Copies:
    """Finished runs on their way to another tracker.

    Each batch of runs has a process of its own, with low priority, that is killed if it takes too long. So neither the
    library's memory nor an error of it can reach the runner.
    """

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._waiting: queue.Queue[str | None] = queue.Queue()
        self._stop, self._failures, self._left = threading.Event(), 0, 0
        self._reason = ""
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._work, name="copies", daemon=True)
        self._thread.start()

    def add(self, run_id: str | None) -> None:
        """Copy a run that is done, as soon as earlier ones are copied; this returns at once."""
        if run_id is not None:
            self._waiting.put(run_id)

    def close(self, seconds: float, reason: str = "") -> None:
        """Wait for the copies, at most so long; warn once if some are missing, with the reason for so short a wait."""
        self._waiting.put(None)
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._reason = self._reason or reason or f"They took longer than {seconds:g} s."
            self._stop.set()
            self._kill()
            self._thread.join(GRACE_SECONDS)
        if self._left:
            logger.warning(
                "%s not copied to Weights & Biases: %s MLflow has all of them. Copy them later with: "
                "python -m textlab.record copy GRID",
                "1 run was" if self._left == 1 else f"{self._left} runs were",
                self._reason,
            )

    def _work(self) -> None:
        is_over = False
        while not is_over:
            batch = [self._waiting.get()]
            with contextlib.suppress(queue.Empty):
                while True:
                    batch.append(self._waiting.get_nowait())
            is_over = None in batch
            runs = [run for run in batch if run is not None]
            if runs:
                self._copy(list(dict.fromkeys(runs)))

    def _copy(self, runs: list[str]) -> None:
        """Copy some runs in a process; count those that are not copied."""
        runs = [run for run in runs if not self._is_copied(run)]
        if not runs:
            return
        if self._stop.is_set() or self._failures >= MOST_FAILURES:
            self._left += len(runs)
            return
        copied, complaint = self._run(runs, IMPORT_SECONDS + len(runs) * (START_SECONDS + UPLOAD_SECONDS))
        missing = len(runs) - copied
        self._left += missing
        self._failures = self._failures + 1 if missing else 0
        if missing and not self._stop.is_set():
            self._reason = complaint

    def _is_copied(self, run: str) -> bool:
        """Return whether a tag says that the run was copied, which saves a process; False if the store is silent."""
        with contextlib.suppress(ConnectionError), store_must_answer():
            return is_copied(run, self._tracker)
        return False

    def _run(self, runs: list[str], limit: float) -> tuple[int, str]:
        """Run the command that copies; return how many runs it has copied, and its last complaint."""
        command = [sys.executable, "-m", "textlab.record", "copy", *(f"--run={run}" for run in runs)]
        try:
            self._process = subprocess.Popen(
                command,
                env=os.environ | environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # so that the library's own process ends with it
            )
        except OSError as error:
            return 0, str(error)
        if self._stop.is_set():  # set since the start of the process, when there was nothing to kill
            self._kill()
        with contextlib.suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, self._process.pid, PRIORITY)
        try:
            said, complaint = self._process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self._kill()
            said, complaint = self._process.communicate()[0], f"{COMPLAINT}It took longer than {limit:g} s."
        lines = [line for line in complaint.splitlines() if line.startswith(COMPLAINT)]
        reason = lines[-1].removeprefix(COMPLAINT) if lines else "The process that copies has ended early."
        return len({*said.split()} & {*runs}), reason

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


class NoCopies:
    """Takes runs and copies none."""

    def add(self, run_id: str | None) -> None:
        """Do nothing."""


@contextmanager
def copying() -> Iterator[Copies | NoCopies]:
    """Copy the runs that are added inside the context, if TEXTLAB_WANDB is set; wait for them at its end.

    Nothing that goes wrong with a copy raises. It gives one warning. After an error or Ctrl-C inside the context,
    nothing waits.

    Raises:
        ValueError: TEXTLAB_WANDB has a value that means nothing.
    """
    mode = chosen_mode()
    if mode is None:
        yield NoCopies()
        return
    if reason := problem():
        logger.warning("No run is copied to Weights & Biases. %s", reason)
        yield NoCopies()
        return
    copies = Copies(WeightsAndBiases(mode))
    try:
        yield copies
    except BaseException:
        copies.close(0, "The grid has ended early.")
        raise
    copies.close(END_SECONDS)
