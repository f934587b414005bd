"""Measure how often a report claims a gain of pictures that are noise: python benchmarks/input_gains.py

Logistic regressions read numbers of a text, of a picture, or of both. What a picture holds is a parameter of each case.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from tqdm.auto import tqdm

from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.report.input_gains import InputGain, input_gains

CLASSES, TEXT, TRAIN, VALIDATION = 6, 40, 1_500, 500
CLEAR = 0.28  # standard deviation of the classes' means in a text's numbers, each of which has noise of 1
CASES = (  # numbers of a picture, clarity of its classes, test examples, draws, values of C to choose from
    (64, 0.0, 1_000, 60, (0.01,)),
    (64, 0.0, 1_000, 60, (0.001, 0.01, 0.1, 1)),
    (400, 0.0, 4_000, 40, (0.001, 0.01, 0.1, 1)),
    (16, 0.0, 12_000, 40, (0.001, 0.01, 0.1, 1)),
    (64, 0.12, 1_000, 40, (0.001, 0.01, 0.1, 1)),
)
READ = {"text": ("text",), "image": ("image",), "both": ("text", "image")}


def main() -> None:
    """Print the claims of each case."""
    table = Table("numbers of a picture", "clarity", "test", "draws", "gains", "losses", "mean difference, points")
    for numbers, clarity, test, draws, values in CASES:
        cases = tqdm(range(draws), desc=f"{numbers} numbers, clarity {clarity}", unit="draw")
        gains = [gain_of_pictures(seed, numbers, clarity, test, values) for seed in cases]
        claimed = [gain.difference for gain in gains if gain.is_significant]
        counts = [numbers, clarity, test, draws, sum(x > 0 for x in claimed), sum(x < 0 for x in claimed)]
        mean = 100 * np.mean([gain.difference for gain in gains])
        table.add_row(*map(str, counts), f"{mean:.1f}")
    Console(width=120).print(table)


def gain_of_pictures(seed: int, numbers: int, clarity: float, test: int, values: tuple[float, ...]) -> InputGain:
    """Fit the three models on one draw, and return the gain of pictures added to texts."""
    rng, count = np.random.default_rng(seed), TRAIN + VALIDATION + test
    labels = rng.integers(CLASSES, size=count)
    parts = {name: _numbers(rng, labels, *size) for name, size in _sizes(numbers, clarity).items()}
    frames = {
        name: _predictions(np.hstack([parts[part] for part in read]), labels, values) for name, read in READ.items()
    }
    comparison = compare_classifiers(frames, "macro_f1", resamples=2_000)
    found = SimpleNamespace(
        comparison=comparison,
        best_by_inputs={
            frozenset(read): SimpleNamespace(name=name, model=name, run=SimpleNamespace(inputs=read))
            for name, read in READ.items()
        },
        scores_by_seed={name: {0: score} for name, score in comparison.intervals["macro_f1"].items()},
    )
    return next(gain for gain in input_gains(found) if gain.added == ("image",))


def _sizes(numbers: int, clarity: float) -> dict[str, tuple[int, float]]:
    return {"text": (TEXT, CLEAR), "image": (numbers, clarity)}


def _numbers(rng: np.random.Generator, labels: np.ndarray, size: int, clarity: float) -> np.ndarray:
    means = rng.normal(size=(CLASSES, size)) * clarity
    return means[labels] + rng.normal(size=(len(labels), size))


def _predictions(features: np.ndarray, labels: np.ndarray, values: tuple[float, ...]) -> pd.DataFrame:
    """Choose C on validation, and predict the test examples."""
    end = TRAIN + VALIDATION
    fitted = [LogisticRegression(C=value, max_iter=300).fit(features[:TRAIN], labels[:TRAIN]) for value in values]
    best = max(fitted, key=lambda model: model.score(features[TRAIN:end], labels[TRAIN:end]))
    ids = [str(row) for row in range(end, len(labels))]
    examples = pd.DataFrame({"id": ids, "text": "", "image": "", "label": labels[end:]})
    names = [f"class {label}" for label in range(CLASSES)]
    return predictions_frame(examples, best.predict_proba(features[end:]), names, ("text", "image"))


if __name__ == "__main__":
    typer.run(main)
