"""Compare the statistics of a whole grid with scipy's bootstrap: python benchmarks/comparison_statistics.py

The benchmark simulates 30 runs (10 models with three seeds each) by replacing a random share of the labels of
TweetEval's test tweets. textlab computes intervals of three metrics per run and, for each of the 435 pairs, McNemar's
test and a paired bootstrap with its interval. The alternative is scipy.stats.bootstrap (BCa, as many resamples, the
metric from a confusion matrix by NumPy's bincount). It is measured on one run and one pair and multiplied by 3 x 30 and
435. Seconds are processor time, so other load does not count. With one thread (OMP_NUM_THREADS=1), they equal the wall
time on an idle core.
"""

import time
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.predictions import predictions_frame

METRIC = "macro_recall"


def grid_of(dataset: data.Dataset, runs: int) -> dict[str, pd.DataFrame]:
    """Simulate models with an accuracy of 60 to 75 % on the test tweets; three seeds of a model mostly agree."""
    random = np.random.default_rng(0)
    labels, classes = dataset.test["label"].to_numpy(), len(dataset.label_names)

    def noisy(decisions: np.ndarray, share: float) -> np.ndarray:
        return np.where(random.random(len(labels)) < share, random.integers(classes, size=len(labels)), decisions)

    common = noisy(labels, 0.3)
    models = [noisy(common, 0.02 * model) for model in range((runs + 2) // 3)]
    return {
        f"model {run // 3}, seed {run % 3}": predictions_frame(
            dataset.test, np.eye(classes)[noisy(models[run // 3], 0.08)], dataset.label_names
        )
        for run in range(runs)
    }


def macro_recall(labels: np.ndarray, predicted: np.ndarray) -> float:
    counts = np.bincount(3 * labels + predicted, minlength=9).reshape(3, 3)
    return float(np.mean(np.diag(counts) / counts.sum(axis=1)))


def difference(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    return macro_recall(labels, first) - macro_recall(labels, second)


def plain(dataset: data.Dataset, frames: list[pd.DataFrame], resamples: int) -> tuple[float, float, float]:
    """Bootstrap one metric or the difference of two with scipy; return the seconds and the interval's ends."""
    from scipy.stats import bootstrap

    place = {name: index for index, name in enumerate(dataset.label_names)}
    columns = (dataset.test["label"].to_numpy(), *(frame["predicted"].map(place).to_numpy() for frame in frames))
    started = time.process_time()
    result = bootstrap(
        columns,
        macro_recall if len(frames) == 1 else difference,
        paired=True,
        vectorized=False,
        n_resamples=resamples,
        method="BCa",
        batch=500,  # otherwise the jackknife builds a matrix of tweets by tweets
        rng=0,
    )
    return time.process_time() - started, *result.confidence_interval


def main(
    runs: Annotated[int, typer.Option(help="Number of runs in the grid, at least two.")] = 30,
    resamples: Annotated[int, typer.Option(help="Number of resamples per bootstrap.")] = 10_000,
) -> None:
    """Compare a grid in both ways; print seconds, intervals and the ratio."""
    from scipy import special, stats  # noqa: F401  keep imports out of the measurements
    from statsmodels.stats import contingency_tables, multitest  # noqa: F401

    dataset = data.load("tweet_eval/sentiment")
    grid = grid_of(dataset, runs)
    started = time.process_time()
    comparison = compare_classifiers(grid, METRIC, resamples=resamples)
    ours = time.process_time() - started
    pair = comparison.pairs.iloc[-1]
    one, *ends_of_one = plain(dataset, [grid[pair["better"]]], resamples)
    two, *ends_of_two = plain(dataset, [grid[pair["better"]], grid[pair["worse"]]], resamples)
    whole = 3 * runs * one + len(comparison.pairs) * two
    row = comparison.intervals.loc[pair["better"]]
    table = Table("", "seconds", "interval of one run", "interval of one pair")
    table.add_row("scipy, one run and one metric", f"{one:.1f}", ends(*ends_of_one), "")
    table.add_row("scipy, one pair", f"{two:.1f}", "", ends(*ends_of_two))
    table.add_row(f"scipy, {runs} runs and {len(comparison.pairs)} pairs (extrapolated)", f"{whole:,.0f}", "", "")
    table.add_row(
        "textlab, whole grid",
        f"{ours:.1f}",
        ends(row[f"{METRIC}_low"], row[f"{METRIC}_high"]),
        ends(pair["low"], pair["high"]),
    )
    Console().print(table, f"textlab is {whole / ours:,.0f} times as fast", sep="\n")


def ends(low: float, high: float) -> str:
    return f"{100 * low:.2f} to {100 * high:.2f}"


if __name__ == "__main__":
    typer.run(main)
