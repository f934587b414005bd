"""Compare contrastive training with plain fine-tuning on few labels: python benchmarks/few_labels.py

Both start from MiniLM and see the same labelled tweets, drawn anew for each seed. The validation split is as small as
that of someone with few labels: a quarter of the training tweets. Both are scored on the whole test split.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.log import configure_logging

PLAIN = 0  # passes of contrastive training


def sample(frame: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Return `count` random examples of each class."""
    return frame.groupby("label").sample(count, random_state=seed).sample(frac=1.0, random_state=seed)


def measure(dataset: str, labels: int, passes: int, seed: int) -> float:
    """Return the macro recall on test of one training, in percent."""
    from sklearn.metrics import recall_score

    from textlab.models.bert import BERT
    from textlab.models.transformer import resume

    splits = data.load(dataset)
    train, validation = sample(splits.train, labels, seed), sample(splits.validation, max(1, labels // 4), seed)
    model = BERT(contrastive=passes, budget_minutes=600.0)
    with tempfile.TemporaryDirectory() as scratch:
        resume.FOLDER = Path(scratch)
        model.fit(train, validation, seed=seed)
    predicted = model.predict_proba(splits.test).argmax(axis=1)
    return 100 * float(recall_score(splits.test["label"], predicted, average="macro"))


def main(
    datasets: Annotated[list[str], typer.Argument(help="Datasets.")] = ["tweet_eval/emotion", "tweet_eval/sentiment"],  # noqa: B006
    labels: Annotated[int, typer.Option(help="Training labels of each class.")] = 64,
    passes: Annotated[int, typer.Option(help="Passes of contrastive training.")] = 4,
    seeds: Annotated[int, typer.Option(help="Draws of training tweets.")] = 3,
) -> None:
    """Print the macro recall of both recipes for each draw."""
    configure_logging()
    table = Table("dataset", "recipe", "macro recall per draw", "mean")
    for dataset in datasets:
        for recipe, count in (("plain fine-tuning", PLAIN), ("contrastive", passes)):
            found = [measure(dataset, labels, count, seed) for seed in range(seeds)]
            table.add_row(dataset, recipe, ", ".join(f"{score:.1f}" for score in found), f"{np.mean(found):.1f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
