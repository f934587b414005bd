"""Notebooks by the dozen against papermill's own command, in one run: python benchmarks/grid.py --help

The peers are what one would write: a shell loop over the papermill command, and `xargs -P` over it. Ours is
`run_experiments.py` on a grid of the same notebook, with all it does: plan, warm process, MLflow runs, pages. Measured
are

    short     notebooks that import TensorFlow, mlflow and scikit-learn and train a tiny LSTM
    nothing   notebooks of 200 code cells of nothing: milliseconds a code cell (of the peers, for a few of them)
    alone     a short one, and an empty one, each the best of several starts, from a warm process that is up
    writes    notebooks that log to MLflow, eight at a time into one SQLite store; those that failed
    again     the same grid again, when all is done, and --dry-run of it
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
WRITERS = 8  # at a time
FEW = 4  # of the notebooks of nothing for the peers


class Laboratory:
    """A folder in which run_experiments.py finds notebooks, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "notebooks").mkdir()
        shutil.copy(ROOT / "notebooks" / "80_compare.ipynb", folder / "notebooks")

    def notebook(self, name: str, sources: Sequence[str]) -> Path:
        """Write a notebook with these code cells."""
        parameters = new_code_cell("seed: int = 0  # of all", metadata={"tags": ["parameters"]})
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        cells = [parameters, *map(new_code_cell, sources)]
        path = self.folder / "notebooks" / f"10_{name}.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
        return path

    def run(self, notebook: Path, seeds: int, *arguments: str) -> tuple[float, int]:
        """Run the grid of a notebook with so many seeds; give the seconds and how many of its cells were done."""
        grid = self.folder / f"{notebook.stem}.yaml"
        runs = [{"notebook": notebook.stem}]
        stated = {"name": notebook.stem, "dataset": "air_paradis", "seeds": list(range(seeds)), "runs": runs}
        grid.write_text(json.dumps(stated))  # JSON is YAML
        environment = os.environ | {"TEXTLAB_ROOT": str(self.folder)}
        began = time.perf_counter()
        ended = subprocess.run(
            [sys.executable, str(ROOT / "run_experiments.py"), str(grid), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,  # without a model there is no report, and so the code is 1
        )
        seconds = time.perf_counter() - began
        told = [line for line in ended.stdout.splitlines() if f"of {seeds} cells done" in line]
        return seconds, int(told[0].split()[0]) if told else 0

    def complete(self, notebook: Path, seeds: int, *arguments: str) -> float:
        """The seconds of `run`, all cells of which must be done."""
        seconds, done = self.run(notebook, seeds, *arguments)
        if done < seeds:
            raise SystemExit(f"Of {seeds} cells of {notebook.stem} only {done} were done.")
        return seconds


def executed(path: Path, warm: str | None) -> None:
    """Execute one notebook as a grid does; `warm` is the address of a warm process, None for a plain kernel."""
    with Path(os.devnull).open("w") as nowhere:
        events = nowhere.fileno()
        job = {"notebook": str(path), "output": f"{path}.executed", "parameters": {}, "events": events, "warm": warm}
        command = [sys.executable, "-m", "textlab.runner.kernels.kernel", json.dumps(job)]
        subprocess.run(command, pass_fds=[events], stderr=subprocess.DEVNULL, check=True)


def fastest(path: Path, warm: str | None, times: int) -> float:
    """Seconds for one notebook, the best of several times."""

    def once() -> float:
        began = time.perf_counter()
        executed(path, warm)
        return time.perf_counter() - began

    return min(once() for _ in range(times))


def shell(script: str) -> float:
    """Seconds for a line of bash."""
    began = time.perf_counter()
    subprocess.run(["bash", "-ec", script], stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def loop(notebook: Path, seeds: int) -> float:
    """Seconds for one papermill command after the other."""
    return shell(f"for seed in $(seq {seeds}); do {PAPERMILL} {notebook} {notebook}.$seed -p seed $seed; done")


def xargs(notebook: Path, seeds: int, jobs: int) -> float:
    """Seconds for so many papermill commands at a time."""
    return shell(f"seq {seeds} | xargs -P {jobs} -I@ {PAPERMILL} {notebook} {notebook}.@ -p seed @")


def compare_many(table: Table, laboratory: Laboratory, notebooks: int, long_notebooks: int, jobs: int) -> None:
    """Add a row for the short ones and a row for those of nothing."""
    short, nothing = laboratory.notebook("short", SHORT), laboratory.notebook("nothing", NOTHING)
    cells, few = len(NOTHING) * long_notebooks, min(FEW, long_notebooks)
    if notebooks:
        name, own = f"{notebooks} short ones", laboratory.complete(short, notebooks, "--jobs", str(jobs))
        compare(table, name, (loop(short, notebooks), xargs(short, notebooks, jobs), own), "s")
    if long_notebooks:
        name = f"a code cell of nothing, of {cells:,} (peers: {few * len(NOTHING):,})"
        own = laboratory.complete(nothing, long_notebooks, "--jobs", str(jobs)) / cells
        peers = [seconds / few / len(NOTHING) for seconds in (loop(nothing, few), xargs(nothing, few, jobs))]
        compare(table, name, [1000 * each for each in (*peers, own)], "ms")


def compare(table: Table, name: str, measured: Sequence[float], unit: str) -> None:
    """Add a row: each of the peers, ours last, and how many times as fast ours is."""
    ratios = " and ".join(f"{peer / measured[-1]:.1f}" for peer in measured[:-1])
    table.add_row(name, *(f"{each:.1f} {unit}" for each in measured), ratios)


def compare_alone(table: Table, laboratory: Laboratory, times: int) -> None:
    """Add a row for a short one and a row for an empty one, each by itself."""
    short, empty = laboratory.notebook("short", SHORT), laboratory.notebook("empty", ["pass"])
    notebooks = {"a short one alone": read_notebook(short), "an empty one alone": read_notebook(empty)}
    with WarmKernels(notebooks.values()) as warm:
        for name, notebook in notebooks.items():
            path, address = notebook.path, warm.address(notebook)
            executed(path, address)  # the first waits for the imports
            own, plain = fastest(path, address, times), fastest(path, None, 1)
            peer = min(loop(path, 1) for _ in range(min(times, 2)))
            table.add_row(name, f"{peer:.2f} s", "", f"{own:.2f} s", f"{peer / own:.1f} (plain kernel {plain:.2f} s)")


def measure_store(table: Table, laboratory: Laboratory, runs: int) -> None:
    """Add rows for many writers into one store, and for the same grid again."""
    writes = laboratory.notebook("writes", WRITES)
    seconds, done = laboratory.run(writes, runs, "--jobs", str(WRITERS))
    table.add_row(
        f"{runs} notebooks that log, {WRITERS} at a time", "", "", f"{seconds:.1f} s", f"{runs - done} failed"
    )
    again = min(laboratory.complete(writes, runs) for _ in range(3))
    table.add_row("the same grid again", "", "", f"{again:.1f} s", "")
    planned = min(laboratory.run(writes, runs, "--dry-run")[0] for _ in range(3))
    table.add_row("the same with --dry-run", "", "", f"{planned:.1f} s", "")


def main(
    notebooks: Annotated[int, typer.Option(help="How many short ones; 0 for none.")] = 24,
    long_notebooks: Annotated[int, typer.Option(help="How many of 200 code cells of nothing; 0 for none.")] = 100,
    jobs: Annotated[int, typer.Option(help="At a time, ours and those of xargs.")] = 2,
    times: Annotated[int, typer.Option(help="How often each one alone is started; 0 for not at all.")] = 5,
    runs: Annotated[int, typer.Option(help="How many notebooks write to one store; 0 for none.")] = 200,
) -> None:
    """Execute the same notebooks in each way and print seconds and ratios."""
    table = Table("what", "papermill in a loop", f"xargs -P {jobs}", "ours", "times as fast", title=f"{jobs} jobs")
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
