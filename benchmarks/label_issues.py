"""Find labels that were flipped at random: python benchmarks/label_issues.py

The benchmark flips 5 % of the training labels, each to another class at random, and makes out-of-fold predictions. It
counts the flipped labels among the first 5 % of the list of likeliest wrong labels. It compares the estimated share of
wrong labels, among all and in the list, with the true ones.

air_paradis has 3 % wrong labels of its own, which its tags name. With `--clean`, they are corrected first. Of other
datasets, only the flipped labels are known to be wrong, so the true share of wrong labels is at least as stated.

TweetEval is read from TEXTLAB_MIRROR. Five folds of logistic regression take about 15 s for a dataset on one core.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.evaluation.classification.predictions import class_indices, probabilities_of
from textlab.evaluation.label_issues import estimate_wrong, label_scores
from textlab.models.cross_validation import OUT_OF_FOLD, cross_validate
from textlab.models.discovery import family as find_family

FLIPPED, FOLDS = 0.05, 5
COLUMNS = (
    "dataset",
    "seed",
    "accuracy out of fold",
    "flipped in the first 5 %",
    "wrong in the first 5 %",
    "estimate",
    "wrong of all",
    "estimate",
    "seconds",
)


def flipped(labels: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """Flip a share of the labels, each to another class at random."""
    random = np.random.default_rng(seed)
    rows = random.choice(len(labels), round(FLIPPED * len(labels)), replace=False)
    changed = labels.copy()
    changed[rows] = (changed[rows] + random.integers(1, classes, len(rows))) % classes
    return changed


def measured(name: str, family: str, seed: int, is_clean: bool) -> list[str]:
    """Return the row of the table for one dataset and one draw of flipped labels."""
    dataset = data.load(name)
    given, classes = dataset.train["label"].to_numpy(), len(dataset.label_names)
    has_noise = name.startswith("air_paradis")
    noise = dataset.train["tags"].str.contains("noise").to_numpy() if has_noise else np.zeros(len(given), dtype=bool)
    truth = np.where(noise, 1 - given, given)
    before = truth if is_clean else given
    labels = flipped(before, classes, seed)
    noisy = replace(dataset, train=dataset.train.assign(label=labels))
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        model = find_family(family)()
        frame = cross_validate(model, noisy, FOLDS, seed=seed, folder=Path(folder))[OUT_OF_FOLD]
    seconds = time.process_time() - started
    found, probabilities = class_indices(frame, "label"), probabilities_of(frame).astype(float)
    listed = round(FLIPPED * len(found))
    first = np.argsort(label_scores(found, probabilities), kind="stable")[:listed]
    is_flipped, is_wrong = labels != before, labels != truth
    wrong, right = estimate_wrong(found, probabilities, listed)
    return [
        f"{name}{', corrected first' if is_clean else ''}",
        str(seed),
        f"{(frame['label'] == frame['predicted']).mean():.1%}",
        f"{is_flipped[first].sum() / is_flipped.sum():.1%}",
        f"{is_wrong[first].mean():.1%}",
        f"{1 - right.value:.1%} ({1 - right.high:.1%} to {1 - right.low:.1%})",
        f"{is_wrong.mean():.1%}",
        f"{wrong.value:.1%} ({wrong.low:.1%} to {wrong.high:.1%})",
        f"{seconds:.0f}",
    ]


def main(
    datasets: Annotated[list[str] | None, typer.Argument(help="Datasets.")] = None,
    family: Annotated[str, typer.Option(help="Model family, with its default parameters.")] = "logistic_regression",
    seeds: Annotated[int, typer.Option(help="Draws of flipped labels.")] = 1,
) -> None:
    """Print a row per dataset and draw; air_paradis also with its own wrong labels corrected first."""
    table = Table(*COLUMNS)
    for name in datasets or ["tweet_eval/emotion", "air_paradis"]:
        for seed in range(seeds):
            for is_clean in (False, True) if name.startswith("air_paradis") else (False,):
                table.add_row(*measured(name, family, seed, is_clean))
    Console(width=200).print(table)


if __name__ == "__main__":
    typer.run(main)
