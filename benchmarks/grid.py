"""Notebooks by the dozen against papermill's own command, in one run: python benchmarks/grid.py --help

The peers are what one would write: a shell loop over the papermill command, and `xargs -P` over it. Ours executes the
same notebooks as a grid does, by `textlab.runner.kernel`, so many at a time, from a warm process; its start counts.
Measured are

    short     notebooks that import TensorFlow, mlflow and scikit-learn and train a tiny LSTM
    alone     one of them, and an empty one, each the best of several starts, from a warm process that is up
    nothing   notebooks of 200 code cells of nothing: milliseconds a code cell
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import nbformat
import typer
from nbformat.v4 import new_code_cell, new_notebook
from rich.console import Console
from rich.table import Table

from textlab.runner.warm_kernels import WarmKernels

PAPERMILL = Path(sys.executable).with_name("papermill")
SHORT = [
    "import keras, matplotlib.pyplot as plt, mlflow, numpy as np, pandas as pd, sklearn.linear_model, tensorflow as tf",
    "keras.utils.set_random_seed(0)\nwords, labels = np.random.randint(0, 500, (256, 20)), np.arange(256) % 2",
    """model = keras.Sequential([keras.layers.Embedding(500, 16), keras.layers.LSTM(16), keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(words, labels, batch_size=32, epochs=2, verbose=0)""",
    "pd.DataFrame(history.history)",
]
NOTHING = ["pass"] * 200


def notebook(path: Path, sources: Sequence[str]) -> Path:
    """Write a notebook with these code cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    cells = [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def executed(path: Path, warm: str | None) -> None:
    """Execute a notebook as a grid does; `warm` is the address of a warm process, None for a plain kernel."""
    with Path(os.devnull).open("w") as nowhere:
        events = nowhere.fileno()
        job = {"notebook": str(path), "output": f"{path}.executed", "parameters": {}, "events": events, "warm": warm}
        command = [sys.executable, "-m", "textlab.runner.kernel", json.dumps(job)]
        subprocess.run(command, pass_fds=[events], stderr=subprocess.DEVNULL, check=True)


def ours(paths: Sequence[Path], jobs: int) -> float:
    """Seconds for all notebooks, so many at a time, with the start of the warm process."""
    began = time.perf_counter()
    with WarmKernels(paths) as warm, ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda path: executed(path, warm.address(path)), paths))
    return time.perf_counter() - began


def shell(script: str, paths: Sequence[Path]) -> float:
    """Seconds for a line of bash that is given the notebooks as its arguments."""
    began = time.perf_counter()
    subprocess.run(["bash", "-ec", script, "bash", *map(str, paths)], stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def loop(paths: Sequence[Path]) -> float:
    """Seconds for one papermill command after the other."""
    return shell(f'for path in "$@"; do {PAPERMILL} "$path" "$path.executed"; done', paths)


def xargs(paths: Sequence[Path], jobs: int) -> float:
    """Seconds for so many papermill commands at a time."""
    return shell(f'printf "%s\\0" "$@" | xargs -0 -P {jobs} -I@ {PAPERMILL} @ @.executed', paths)


def fastest(path: Path, warm: str | None, times: int) -> float:
    """Seconds for one notebook, the best of several times."""

    def once() -> float:
        began = time.perf_counter()
        executed(path, warm)
        return time.perf_counter() - began

    return min(once() for _ in range(times))


def main(
    notebooks: Annotated[int, typer.Option(min=1, help="How many short ones.")] = 24,
    long_notebooks: Annotated[int, typer.Option(help="How many of 200 code cells of nothing.")] = 4,
    jobs: Annotated[int, typer.Option(help="At a time, ours and those of xargs.")] = 2,
    times: Annotated[int, typer.Option(help="How often each one alone is started.")] = 5,
) -> None:
    """Execute the same notebooks in each way and print seconds and ratios."""
    table = Table("what", "papermill in a loop", f"xargs -P {jobs}", "ours", "times as fast", title=f"{jobs} jobs")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        short = [notebook(folder / f"short-{number}.ipynb", SHORT) for number in range(notebooks)]
        nothing = [notebook(folder / f"nothing-{number}.ipynb", NOTHING) for number in range(long_notebooks)]
        empty = notebook(folder / "empty.ipynb", ["pass"])
        for name, paths, unit, scale in (
            (f"{notebooks} short ones", short, "s", 1.0),
            ("a code cell of nothing", nothing, "ms", 1000 / (len(NOTHING) * max(1, long_notebooks))),
        ):
            if paths:
                seconds = loop(paths), xargs(paths, jobs), ours(paths, jobs)
                ratios = " and ".join(f"{peer / seconds[-1]:.1f}" for peer in seconds[:-1])
                table.add_row(name, *(f"{each * scale:.1f} {unit}" for each in seconds), ratios)
        with WarmKernels([short[0], empty]) as warm:
            for name, path in (("a short one alone", short[0]), ("an empty one alone", empty)):
                executed(path, warm.address(path))  # the first waits for the imports
                peer, own = min(loop([path]) for _ in range(min(times, 2))), fastest(path, warm.address(path), times)
                plain = fastest(path, None, 1)
                table.add_row(
                    name, f"{peer:.2f} s", "", f"{own:.2f} s", f"{peer / own:.1f} (plain kernel {plain:.2f} s)"
                )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
