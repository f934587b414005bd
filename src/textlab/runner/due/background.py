"""Compute fingerprints in a fork, beside the import of MLflow, which takes as long.

With the fork a small finished grid is planned in 2.5 s, without it in 2.8 s (minimum of four runs each, in turns); the
gain grows with the dataset. `is_forking=False` is the plain way. Systems other than Linux always take it, because they
do not fork safely.
"""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from textlab.runner.due.fingerprint import Fingerprint, fingerprints
from textlab.runner.planning.cell import Cell


@contextlib.contextmanager
def fingerprints_in_background(
    cells: Sequence[Cell], is_forking: bool = sys.platform == "linux"
) -> Iterator[Callable[[], dict[str, Fingerprint]]]:
    """Start to compute the fingerprints of `cells`; yield a function that waits for them.

    If the fork fails, this process computes them, so that it raises the error.
    """
    if not is_forking:
        yield lambda: fingerprints(cells)
        return
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        _write_and_exit(cells, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:

        def wait() -> dict[str, Fingerprint]:
            try:
                content = json.loads(answer.read())
            except ValueError:
                return fingerprints(cells)
            return {key: Fingerprint(**fields) for key, fields in content.items()}

        try:
            yield wait
        except BaseException:
            os.kill(process, signal.SIGTERM)
            raise
        finally:
            os.waitpid(process, 0)


def _write_and_exit(cells: Sequence[Cell], writing: int) -> None:
    """Write the fingerprints as JSON and exit; never return into the forked program."""
    try:
        with contextlib.suppress(BaseException), os.fdopen(writing, "w", encoding="utf-8") as answer:
            json.dump({key: asdict(fingerprint) for key, fingerprint in fingerprints(cells).items()}, answer)
    finally:
        os._exit(0)
