"""Time sealing and opening, on generated lines of 150 characters: python benchmarks/sealing.py --lines 200000"""

import random
import string
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from api.serving.feedback_file import FeedbackFile
from textlab.sealing import Keys, LineFile, read_lines
from textlab.sealing.rewriting import rotate_file

CHARACTERS = 150
BATCH = 100
LIMIT_BYTES = 10**12


def main(lines: Annotated[int, typer.Option(help="Number of lines.")] = 200_000) -> None:
    """Print the processor time for each line, and the size compared with lines in the clear."""
    drawn = random.Random(0)
    line = "".join(drawn.choices(string.ascii_lowercase + " ", k=CHARACTERS)).encode()
    for keys, name in ((None, "in the clear"), (Keys({"key": drawn.randbytes(32)}), "sealed")):
        with tempfile.TemporaryDirectory() as folder:
            for size in (1, BATCH):
                path = Path(folder) / f"{size}.jsonl"
                report(f"{name}: written {size} at once", lines, lambda: write(path, keys, line, lines, size))  # noqa: B023
                report(f"{name}: read", lines, lambda: sum(1 for _ in read_lines(path, "feedback", keys)))  # noqa: B023
                print(f"{name}: size {path.stat().st_size / lines / (CHARACTERS + 1):.2f}")
            if keys:
                report("sealed: rotated", lines, lambda: rotate_file(path, keys))  # noqa: B023
                report("cells: sealed", lines, lambda: [keys.seal_value(line, b"place") for _ in range(lines)])  # noqa: B023
            report(f"{name}: feedback", lines // 20, lambda: give_feedback(Path(folder), keys, line, lines // 20))  # noqa: B023


def report(name: str, lines: int, call: Callable[[], object]) -> None:
    """Call a function and print its processor time for each line."""
    start = time.process_time()
    call()
    print(f"{name}: {(time.process_time() - start) / lines * 1e6:.2f} us a line")


def write(path: Path, keys: Keys | None, line: bytes, lines: int, size: int) -> None:
    """Write the same line many times, `size` lines at once."""
    file = LineFile.create(path, "feedback", keys)
    for _ in range(lines // size):
        file.append([line] * size)
    file.close()


def give_feedback(folder: Path, keys: Keys | None, line: bytes, lines: int) -> None:
    """Append the same line many times, as the service does."""
    file = FeedbackFile(folder / "feedback.jsonl", LIMIT_BYTES, keys)
    for _ in range(lines):
        with file.appended(line):
            pass


if __name__ == "__main__":
    typer.run(main)
