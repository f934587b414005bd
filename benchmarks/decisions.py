"""Measure whether decisions keep their promises on real tweets: python benchmarks/decisions.py --help

A logistic regression is trained once. Its answers to the validation and test tweets of a dataset are pooled and divided
anew for each draw: a part as large as the dataset's validation split chooses temperature and thresholds, and the rest
tests them. A share that falls below a promise in more draws than stated would be a broken promise. The last table
makes the choices on the dataset's own validation split, and tests them on its own test split, once.
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.evaluation.classification.deciding.outcomes import Outcome, outcomes, set_table
from textlab.evaluation.classification.deciding.rules import Promise, fit_rules
from textlab.evaluation.classification.predictions import predict_splits, probabilities_of, with_probabilities
from textlab.evaluation.classification.temperature import fit_temperature
from textlab.evaluation.wishes import Wishes
from textlab.log import configure_logging
from textlab.models import family
from textlab.models.calibration import TEMPERATURE, Calibration

SHARES = (0.7, 0.8, 0.9)  # promised accuracies of abstention
Draw = list[tuple[Promise, Outcome | None]]


def measured(validation: pd.DataFrame, test: pd.DataFrame, wishes: Sequence[Wishes]) -> tuple[Draw, pd.DataFrame]:
    """Choose temperature and rules on one frame, and measure them on the other; return the sets of classes as well."""
    calibration = Calibration(TEMPERATURE, (1 / fit_temperature(validation),))
    validation, test = (
        with_probabilities(frame, calibration.apply(probabilities_of(frame))) for frame in (validation, test)
    )
    found: Draw = []
    sets = pd.DataFrame()
    for each in wishes:
        fitted = fit_rules(validation, each)
        found += zip(fitted.promises, outcomes(fitted.promises, fitted.rules, test), strict=True)
        if fitted.rules.coverage:
            sets = set_table(fitted.rules, test)
    return found, sets


def wishes_for(label_names: Sequence[str], coverage: float) -> list[Wishes]:
    """Return what is promised: sets, abstention, and the recall and precision of the first class, each by itself."""
    first = label_names[0]
    asked = [Wishes(accuracy=share) for share in SHARES]
    return [Wishes(coverage=coverage), *asked, Wishes(recall={first: 0.8}), Wishes(precision={first: 0.8})]


def row(draws: Sequence[tuple[Promise, Outcome | None]]) -> list[str]:
    """Summarise a promise over draws."""
    kept = [outcome for _, outcome in draws if outcome is not None]
    statement, wanted = draws[0][0].statement, draws[0][0].wanted or 0.0
    if not kept:
        return [statement, "0", *["–"] * 4]
    values = np.array([outcome.value for outcome in kept])
    below = [outcome.verdict(wanted) != "kept" for outcome in kept]
    broken = [outcome.verdict(wanted) == "broken" for outcome in kept]
    shares = [outcome.share for outcome in kept]
    return [
        statement,
        str(len(kept)),
        f"{100 * values.mean():.2f}",
        f"{100 * np.mean(below):.1f} %",
        f"{100 * np.mean(broken):.1f} %",
        f"{100 * np.mean(shares):.1f} %",
    ]


def main(
    datasets: Annotated[list[str] | None, typer.Argument(help="Datasets with one class per text.")] = None,
    draws: Annotated[int, typer.Option(help="Number of draws.")] = 200,
    coverage: Annotated[float, typer.Option(help="Stated coverage of sets.")] = 0.9,
    seed: Annotated[int, typer.Option(help="Random seed of the draws.")] = 0,
) -> None:
    """Measure the promises on each dataset."""
    configure_logging()
    console = Console(width=160)
    for name in datasets or ["tweet_eval/emotion", "tweet_eval/sentiment"]:
        dataset = data.load(name)
        model = family("logistic_regression")()
        model.fit(dataset.train, dataset.validation, seed=seed)
        splits = predict_splits(model, dataset)
        pool = pd.concat([splits["validation"], splits["test"]], ignore_index=True)
        wishes, rng = wishes_for(dataset.label_names, coverage), np.random.default_rng(seed)
        found, covered = [], []
        for _ in range(draws):
            order, size = rng.permutation(len(pool)), len(splits["validation"])
            promises, sets = measured(pool.iloc[order[:size]], pool.iloc[order[size:]], wishes)
            found.append(promises)
            covered.append(sets)
        headings = (
            "promise",
            "draws that can promise",
            "mean on fresh tweets",
            "below",
            "below its interval",
            "of all",
        )
        table = Table(
            *headings, title=f"{name}: {draws} draws of {size:,} tweets to choose, {len(pool) - size:,} to test"
        )
        for position in range(len(found[0])):
            table.add_row(*row([each[position] for each in found]))
        console.print(table)
        means = sum(covered) / draws
        console.print(means.round(3).to_string())
        promises, sets = measured(splits["validation"], splits["test"], wishes)
        own = Table("promise", "own test split", "95% interval", "verdict", title=f"{name}: its own splits")
        for promise, outcome in promises:
            numbers = ["none"] if outcome is None else [f"{100 * outcome.value:.1f}"]
            ends = "" if outcome is None else f"{100 * outcome.low:.1f} to {100 * outcome.high:.1f}"
            own.add_row(promise.statement, *numbers, ends, outcome.verdict(promise.wanted) if outcome else "")
        console.print(own)


if __name__ == "__main__":
    typer.run(main)
