"""Compare windows with cutting on long texts: python benchmarks/long_texts.py

In texts of about 1,000 words, one sentence at a random place decides the class. An encoder is fine-tuned twice: it
reads the first tokens of each text, or all of it in overlapping windows. If a text is cut before its deciding sentence,
its class can only be guessed.
"""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

THINGS = [
    "table",
    "window",
    "garden",
    "road",
    "kitchen",
    "bridge",
    "lamp",
    "train",
    "market",
    "river",
    "library",
    "station",
    "coat",
    "letter",
    "fence",
]
PLACES = (
    *("by the door", "near the lake", "behind the school", "at the corner", "on the first floor", "in the village"),
    *("next to the bakery", "under the stairs", "across the street", "in the yard"),
)
VERBS = ("was painted", "was moved", "stood", "was repaired", "was measured", "was kept", "was built", "was cleaned")
TIMES = (
    *("last year", "on Monday", "in spring", "before noon", "after the rain", "for a week", "every summer"),
    *("in the evening", "twice a month", "during the holidays"),
)
SUBJECTS = ("the trip", "our dinner", "this hotel", "the concert", "my flight", "the service", "the whole stay")
OPINIONS = (
    ("terrible", "awful", "dreadful", "horrible", "disappointing", "miserable", "unpleasant", "disgusting"),
    ("wonderful", "delightful", "excellent", "lovely", "fantastic", "superb", "pleasant", "brilliant"),
)
CUT, WINDOWS = "cut", "windows"


def long_texts(count: int, words: int, seed: int) -> pd.DataFrame:
    """Return texts of at least `words` words, half of them of each class.

    Returns:
        The columns `text` and `label`: 0 if the deciding sentence is negative, 1 if it is positive.
    """
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % 2)
    return pd.DataFrame({"text": [_text(words, int(label), random) for label in labels], "label": labels})


def _text(words: int, label: int, random: np.random.Generator) -> str:
    sentences, length = [], 0
    while length < words:
        parts = [random.choice(options) for options in (THINGS, PLACES, VERBS, TIMES)]
        sentences.append(f"The {' '.join(parts)}.")
        length += len(sentences[-1].split())
    opinion = f"I found {random.choice(SUBJECTS)} {random.choice(OPINIONS[label])}."
    sentences.insert(int(random.integers(len(sentences) + 1)), opinion)
    return " ".join(sentences)


def measure(
    length: int, windows: int, words: int, texts: int, epochs: int, seed: int, checkpoint: str, learning_rate: float
) -> tuple[float, float, float]:
    """Fine-tune a checkpoint; return its accuracy on test, the share of test texts that were cut, and the seconds."""
    from textlab.models.bert import BERT
    from textlab.models.transformer import resume

    train, validation, test = (
        long_texts(count, words, 10 * seed + number) for number, count in enumerate((texts, texts // 8, texts))
    )
    recipe = {"epochs": epochs, "batch_size": 8, "learning_rate": learning_rate, "averaging": 0.0, "patience": epochs}
    model = BERT(checkpoint=checkpoint, budget_minutes=600.0, maximum_length=length, windows=windows, **recipe)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        resume.FOLDER = Path(scratch)
        model.fit(train, validation, seed=seed)
    seconds = time.perf_counter() - started
    truncated = model.truncated(test)
    assert truncated is not None
    right = model.predict_proba(test[["text"]]).argmax(axis=1) == test["label"].to_numpy()
    return float(right.mean()), float(truncated.mean()), seconds


def main(
    words: Annotated[int, typer.Option(help="Words of a text.")] = 1000,
    texts: Annotated[int, typer.Option(help="Training texts, and as many test texts.")] = 200,
    epochs: Annotated[int, typer.Option(help="Passes over the training texts.")] = 4,
    seeds: Annotated[int, typer.Option(help="Trainings of each kind.")] = 3,
    only: Annotated[str, typer.Option(help="cut or windows; both by default.")] = "",
    checkpoint: Annotated[
        str, typer.Option(help="Weights to start from; tiny takes minutes in place of hours.")
    ] = "minilm",
    learning_rate: Annotated[float, typer.Option(help="Peak learning rate; about 0.003 for tiny.")] = 1e-4,
    cut_length: Annotated[int, typer.Option(help="Tokens of a text that is cut; at most 128 for tiny.")] = 512,
    window_length: Annotated[int, typer.Option(help="Tokens of a window.")] = 64,
    windows: Annotated[int, typer.Option(help="Maximum number of windows.")] = 32,
) -> None:
    """Compare texts that are cut with texts that are read in windows."""
    table = Table("way", "accuracy per seed", "mean", "texts cut", "minutes a training")
    ways = {CUT: (cut_length, 1), WINDOWS: (window_length, windows)}
    for way in [only] if only else ways:
        found = [measure(*ways[way], words, texts, epochs, seed, checkpoint, learning_rate) for seed in range(seeds)]
        accuracies, cut, seconds = zip(*found, strict=True)
        table.add_row(
            way,
            ", ".join(f"{accuracy:.1%}" for accuracy in accuracies),
            f"{np.mean(accuracies):.1%}",
            f"{np.mean(cut):.0%}",
            f"{np.mean(seconds) / 60:.1f}",
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
