"""Compare every family's defaults with the best of a search: python benchmarks/defaults.py --results FOLDER

The datasets are those of the grids in experiments/suite. For each dataset and family, the defaults are fitted, and then
20 trials over the spaces in benchmarks/suite/spaces.py, which Optuna's sampler proposes. The best trial is the one with
the highest primary metric on validation; the difference between defaults and best trial is measured on test, with a
paired bootstrap interval of 95 %.

Each fit runs in a process of its own, and each finished fit is kept in FOLDER. Fits with the same code, data,
parameters and seed are not repeated, so the command may be interrupted and started again, also with other options. All
of the suite takes days on two cores: --families, --datasets, --trials and --minutes choose a part. The table says what
is missing.

Set OMP_NUM_THREADS and TF_NUM_INTRAOP_THREADS to the number of cores that a fit may use.
"""

import logging
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from suite.fits import Results
from suite.search import Found, Search, Task, tasks
from suite.tables import against_best, beside_baseline
from tqdm.auto import tqdm

GRIDS = Path(__file__).resolve().parents[1] / "experiments" / "suite"
BASELINE = "logistic_regression"


def main(
    results: Annotated[Path, typer.Option(help="Folder in which finished fits are kept.")],
    families: Annotated[str, typer.Option(help="Names of families, separated by commas; all if empty.")] = "",
    datasets: Annotated[str, typer.Option(help="Names of grids in experiments/suite; all if empty.")] = "",
    trials: Annotated[int, typer.Option(help="Trials of each search; 0 fits the defaults only.", min=0)] = 20,
    minutes: Annotated[float, typer.Option(help="Minutes after which no fit is started; 0 fits nothing.")] = 1e9,
    fit_minutes: Annotated[float, typer.Option(help="Minutes after which a fit is stopped and has failed.")] = 60,
    seed: Annotated[int, typer.Option(help="Random seed of the fits and of the sampler.")] = 0,
    any_code: Annotated[
        bool, typer.Option(help="Also use fits of earlier code, whose defaults may have differed.")
    ] = False,
) -> None:
    """Fit what is missing and print the tables."""
    logging.disable(logging.WARNING)  # such as classes that a split lacks
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit("Stopped. Run the command again to continue.")
    )  # and stop the running fit
    wanted = tasks(GRIDS, _names(families), _names(datasets))
    kept = Results(results, any_code)
    deadline = time.monotonic() + 60 * minutes
    with tqdm(total=len(wanted) * (1 + trials), unit="fit") as bar:
        reached: dict[Task, int] = {}

        def report(task: Task, fits: int) -> None:
            bar.set_description(f"{task.family} on {task.name}")
            bar.update(fits - reached.get(task, 0))
            reached[task] = fits

        search = Search(kept, trials, seed, 60 * fit_minutes, deadline, report)
        for task in wanted:  # all defaults come first, because they tell most
            report(task, int(search.default(task) is not None))
        found = [search.explore(task) for task in wanted]
    print_tables(kept, found, trials)


def _names(given: str) -> list[str]:
    return [name.strip() for name in given.split(",") if name.strip()]


def print_tables(kept: Results, found: Sequence[Found], trials: int) -> None:
    """Print the defaults beside the best trial, and each family's defaults beside the baseline's."""
    console = Console(width=220)
    console.print(*against_best(kept, found, trials), sep="\n")
    for family in dict.fromkeys(each.task.family for each in found):
        table = beside_baseline(kept, found, family, BASELINE) if family != BASELINE else None
        if table is not None:
            console.print(table)


if __name__ == "__main__":
    typer.run(main)
