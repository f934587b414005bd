"""Measure how often shifts between splits are found, and how often wrongly: python benchmarks/shift.py

False alarms: random splits (60, 20 and 20 %) of 1,000 texts of one source. Power: two samples of TweetEval's offensive
tweets, one of them with a share of TweetEval's emotion tweets. Real shifts: the official splits of datasets, and
airline tweets against Sentiment140. An alarm is a serious concern; a note is any other concern, which only the
report's section shows.
"""

import time
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.concerns import ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.shift import Sample, compare_samples, compare_splits
from textlab.evaluation.shift.findings import is_material, is_sure

SOURCES = ("tweet_eval/offensive", "airline", "air_paradis")
SIZES = (600, 200, 200)


def randomly_split(dataset: Dataset, seed: int) -> Dataset:
    """Split random training texts at random, without regard to classes."""
    frame = dataset.train.sample(sum(SIZES), random_state=seed).reset_index(drop=True)
    ends = np.cumsum(SIZES)
    parts = [frame[end - size : end].reset_index(drop=True) for size, end in zip(SIZES, ends, strict=True)]
    return Dataset(dataset.name, dataset.version, dataset.label_names, *parts)


def false_alarms(splits: int) -> Table:
    """Count the random splits with an alarm and with a note, by kind."""
    table = Table(
        "source", "random splits", "other source: alarms", "notes", "class shares: alarms", "language: alarms"
    )
    for name in SOURCES:
        dataset = data.load(name)
        found = [compare_splits(randomly_split(dataset, seed)).concerns for seed in range(splits)]
        alarms = pd.Series([concern.kind for concerns in found for concern in concerns if concern.is_serious])
        notes = sum(not concern.is_serious for concerns in found for concern in concerns)
        counts = [int((alarms == kind).sum()) for kind in ConcernKind]
        by_kind = dict(zip(ConcernKind, counts, strict=True))
        kinds = (ConcernKind.SPLIT_SHIFT, ConcernKind.CLASS_SHIFT, ConcernKind.LANGUAGE_SHIFT)
        source, classes, languages = (str(by_kind[kind]) for kind in kinds)
        table.add_row(name, str(splits), source, str(notes), classes, languages)
    return table


def power(repeats: int) -> Table:
    """Count how often a share of foreign texts is found."""
    table = Table("texts per sample", "foreign", "mean AUC", "found", "alarms")
    own, foreign = (data.load(f"tweet_eval/{name}").train["text"].to_numpy() for name in ("offensive", "emotion"))
    for size in (200, 1_000, 5_000):
        for share in (0.0, 0.1, 0.2, 0.3, 0.5, 1.0):
            if size * share > len(foreign):
                continue
            shifts = []
            for seed in range(max(1, repeats if size < 5_000 else repeats // 4)):
                random = np.random.default_rng(seed)
                texts = random.permutation(own)[: 2 * size]
                mixed = [*random.permutation(foreign)[: round(size * share)], *texts[size + round(size * share) :]]
                shifts.append(compare_samples(Sample("own", list(texts[:size])), Sample("mixed", mixed)))
            found, alarms = (np.mean([of(shift) for shift in shifts]) for of in (is_sure, is_material))
            auc = np.mean([shift.auc for shift in shifts])
            table.add_row(
                f"{size:,}", f"{100 * share:.0f}%", f"{auc:.3f}", f"{100 * found:.0f}%", f"{100 * alarms:.0f}%"
            )
    return table


def real_shifts() -> Table:
    """Compare the splits of real datasets, and two sources of airline and other tweets."""
    table = Table("reference", "current", "texts", "AUC", "p", "alarm", "processor seconds")
    names = [f"tweet_eval/{name}" for name in ("sentiment", "offensive", "emotion", "irony")]
    for name in [*names, "airline", "air_paradis"]:
        dataset = data.load(name)
        frames = dict(dataset.splits())
        for first, second in (("train", "validation"), ("train", "test"), ("validation", "test")):
            pair = [_sample(f"{name}, {split}", frames[split], dataset.label_names) for split in (first, second)]
            _add(table, *pair)
    airline = Sample("airline", data.load("airline").train["text"].tolist())
    _add(table, airline, Sample("sentiment140", data.load("sentiment140").train["text"].tolist()))
    return table


def _sample(name: str, frame: pd.DataFrame, label_names: tuple[str, ...]) -> Sample:
    return Sample(name, frame["text"].tolist(), labels=frame["label"].to_numpy(), label_names=label_names)


def _add(table: Table, reference: Sample, current: Sample) -> None:
    started = time.process_time()
    shift = compare_samples(reference, current)
    seconds = time.process_time() - started
    texts = " and ".join(f"{count:,}" for count in shift.texts)
    interval = f"{shift.auc:.3f} ({shift.low:.3f} to {shift.high:.3f})"
    alarm = "yes" if is_material(shift) else "note" if is_sure(shift) else "no"
    current_name = current.name.removeprefix(reference.name.partition(", ")[0] + ", ")
    table.add_row(reference.name, current_name, texts, interval, f"{shift.p:.0e}", alarm, f"{seconds:.1f}")


def main(
    splits: Annotated[int, typer.Option(help="Number of random splits per source.")] = 200,
    repeats: Annotated[int, typer.Option(help="Number of repetitions of each mixture.")] = 12,
) -> None:
    """Print the three tables."""
    console = Console()
    console.print(real_shifts())
    console.print(power(repeats))
    console.print(false_alarms(splits))


if __name__ == "__main__":
    typer.run(main)
