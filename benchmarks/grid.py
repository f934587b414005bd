"""Compare executing many notebooks with papermill's command: python benchmarks/grid.py --help

The alternatives are a shell loop over the papermill command, and `xargs -P` over it. Ours is `run_experiments.py` on a
grid of the same notebook, including planning, the warm process, MLflow runs and pages. The benchmark measures

    short     notebooks that import TensorFlow, mlflow and scikit-learn and train a tiny LSTM
    nothing   notebooks with 200 trivial code cells: milliseconds per code cell (the alternatives run only a few)
    alone     one short and one empty notebook, each the best of several starts from a running warm process
    writes    notebooks that log to MLflow, eight at a time into one SQLite store, and how many fail
    again     the same grid again after all cells are done, and its --dry-run
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import nbformat
import typer
from nbformat.v4 import new_code_cell, new_notebook
from rich.console import Console
from rich.table import Table

from textlab.runner.kernels.warm_kernels import WarmKernels
from textlab.runner.planning.notebook import read_notebook

ROOT = Path(__file__).resolve().parents[1]
PAPERMILL = Path(sys.executable).with_name("papermill")
SHORT = [
    "import keras, matplotlib.pyplot as plt, mlflow, numpy as np, pandas as pd, sklearn.linear_model, tensorflow as tf",
    "keras.utils.set_random_seed(seed)\nwords, labels = np.random.randint(0, 500, (256, 20)), np.arange(256) % 2",
    """model = keras.Sequential([keras.layers.Embedding(500, 16), keras.layers.LSTM(16), keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(words, labels, batch_size=32, epochs=2, verbose=0)""",
    "pd.DataFrame(history.history)",
]
NOTHING = ["pass"] * 200
WRITES = [
    """import mlflow
with mlflow.start_run():
    mlflow.log_params({f"p{number}": number for number in range(20)})
    for step in range(20):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)"""
]
WRITERS = 8  # in parallel
FEW = 4  # trivial notebooks that the alternatives run


class Laboratory:
    """A temporary checkout that has only notebooks, in which run_experiments.py runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "notebooks").mkdir()
        shutil.copy(ROOT / "notebooks" / "80_compare.ipynb", folder / "notebooks")

    def notebook(self, name: str, sources: Sequence[str]) -> Path:
        """Write a notebook with these code cells; return its path."""
        parameters = new_code_cell("seed: int = 0  # random seed", metadata={"tags": ["parameters"]})
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        cells = [parameters, *map(new_code_cell, sources)]
        path = self.folder / "notebooks" / f"10_{name}.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
        return path

    def run(self, notebook: Path, seeds: int, *arguments: str) -> tuple[float, int]:
        """Run the grid of a notebook with some seeds; return the seconds and the number of cells that were done."""
        grid = self.folder / f"{notebook.stem}.yaml"
        runs = [{"notebook": notebook.stem}]
        content = {"name": notebook.stem, "dataset": "air_paradis", "seeds": list(range(seeds)), "runs": runs}
        grid.write_text(json.dumps(content))  # JSON is YAML
        environment = os.environ | {"TEXTLAB_ROOT": str(self.folder)}
        started = time.perf_counter()
        ended = subprocess.run(
            [sys.executable, str(ROOT / "run_experiments.py"), str(grid), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,  # the exit code is 1, because there is no report without a model
        )
        seconds = time.perf_counter() - started
        lines = [line for line in ended.stdout.splitlines() if f"of {seeds} cells done" in line]
        return seconds, int(lines[0].split()[0]) if lines else 0

    def complete(self, notebook: Path, seeds: int, *arguments: str) -> float:
        """Return the seconds of `run`, in which all cells must be done."""
        seconds, done = self.run(notebook, seeds, *arguments)
        if done < seeds:
            raise SystemExit(
                f"Only {done} of {seeds} cells of {notebook.stem} were done. Run the grid by itself to see why."
            )
        return seconds


def executed(path: Path, warm: str | None) -> None:
    """Execute one notebook as a grid does. `warm` is the address of a warm process; None means a plain kernel."""
    with Path(os.devnull).open("w") as nowhere:
        events = nowhere.fileno()
        job = {"notebook": str(path), "output": f"{path}.executed", "parameters": {}, "events": events, "warm": warm}
        command = [sys.executable, "-m", "textlab.runner.kernels.kernel", json.dumps(job)]
        subprocess.run(command, pass_fds=[events], stderr=subprocess.DEVNULL, check=True)


def fastest(path: Path, warm: str | None, times: int) -> float:
    """Return the fewest seconds that one notebook takes in several runs."""

    def once() -> float:
        started = time.perf_counter()
        executed(path, warm)
        return time.perf_counter() - started

    return min(once() for _ in range(times))


def shell(script: str) -> float:
    """Return the seconds that a line of bash takes."""
    started = time.perf_counter()
    subprocess.run(["bash", "-ec", script], stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def loop(notebook: Path, seeds: int) -> float:
    """Return the seconds for one papermill command after the other."""
    return shell(f"for seed in $(seq {seeds}); do {PAPERMILL} {notebook} {notebook}.$seed -p seed $seed; done")


def xargs(notebook: Path, seeds: int, jobs: int) -> float:
    """Return the seconds for several papermill commands at a time."""
    return shell(f"seq {seeds} | xargs -P {jobs} -I@ {PAPERMILL} {notebook} {notebook}.@ -p seed @")


def compare_many(table: Table, laboratory: Laboratory, notebooks: int, long_notebooks: int, jobs: int) -> None:
    """Add a row for short notebooks and one for trivial notebooks."""
    short, nothing = laboratory.notebook("short", SHORT), laboratory.notebook("nothing", NOTHING)
    cells, few = len(NOTHING) * long_notebooks, min(FEW, long_notebooks)
    if notebooks:
        name, own = f"{notebooks} short notebooks", laboratory.complete(short, notebooks, "--jobs", str(jobs))
        compare(table, name, (loop(short, notebooks), xargs(short, notebooks, jobs), own), "s")
    if long_notebooks:
        name = f"a trivial code cell, of {cells:,} (alternatives: {few * len(NOTHING):,})"
        own = laboratory.complete(nothing, long_notebooks, "--jobs", str(jobs)) / cells
        peers = [seconds / few / len(NOTHING) for seconds in (loop(nothing, few), xargs(nothing, few, jobs))]
        compare(table, name, [1000 * each for each in (*peers, own)], "ms")


def compare(table: Table, name: str, measured: Sequence[float], unit: str) -> None:
    """Add a row with the alternatives, ours last, and how many times as fast ours is."""
    ratios = " and ".join(f"{peer / measured[-1]:.1f}" for peer in measured[:-1])
    table.add_row(name, *(f"{each:.1f} {unit}" for each in measured), ratios)


def compare_alone(table: Table, laboratory: Laboratory, times: int) -> None:
    """Add a row for one short notebook and one for an empty notebook."""
    short, empty = laboratory.notebook("short", SHORT), laboratory.notebook("empty", ["pass"])
    notebooks = {"one short notebook": read_notebook(short), "one empty notebook": read_notebook(empty)}
    with WarmKernels(notebooks.values()) as warm:
        for name, notebook in notebooks.items():
            path, address = notebook.path, warm.address(notebook)
            executed(path, address)  # the first run waits for the imports
            own, plain = fastest(path, address, times), fastest(path, None, 1)
            peer = min(loop(path, 1) for _ in range(min(times, 2)))
            table.add_row(name, f"{peer:.2f} s", "", f"{own:.2f} s", f"{peer / own:.1f} (plain kernel {plain:.2f} s)")


def measure_store(table: Table, laboratory: Laboratory, runs: int) -> None:
    """Add rows for many parallel writers to one store, and for the same grid again."""
    writes = laboratory.notebook("writes", WRITES)
    seconds, done = laboratory.run(writes, runs, "--jobs", str(WRITERS))
    table.add_row(
        f"{runs} notebooks that log, {WRITERS} at a time", "", "", f"{seconds:.1f} s", f"{runs - done} failed"
    )
    again = min(laboratory.complete(writes, runs) for _ in range(3))
    table.add_row("the same grid again", "", "", f"{again:.1f} s", "")
    planned = min(laboratory.run(writes, runs, "--dry-run")[0] for _ in range(3))
    table.add_row("the same grid with --dry-run", "", "", f"{planned:.1f} s", "")


def main(
    notebooks: Annotated[int, typer.Option(help="Number of short notebooks; 0 skips them.")] = 24,
    long_notebooks: Annotated[int, typer.Option(help="Number of notebooks of 200 trivial cells; 0 skips them.")] = 100,
    jobs: Annotated[int, typer.Option(help="Notebooks at a time, for ours and xargs.")] = 2,
    times: Annotated[int, typer.Option(help="Number of starts of one notebook; 0 skips this.")] = 5,
    runs: Annotated[int, typer.Option(help="Number of notebooks that log to one store; 0 skips them.")] = 200,
) -> None:
    """Execute the same notebooks in each way; print seconds and ratios."""
    table = Table(
        "measurement", "papermill in a loop", f"xargs -P {jobs}", "ours", "times as fast", title=f"{jobs} jobs"
    )
    with tempfile.TemporaryDirectory() as scratch:
        laboratory = Laboratory(Path(scratch))
        compare_many(table, laboratory, notebooks, long_notebooks, jobs)
        if times:
            compare_alone(table, laboratory, times)
        if runs:
            measure_store(table, laboratory, runs)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
