"""Measure how often the interval of a learning curve holds the truth: python benchmarks/learning_curve.py

Simulated: a linear classifier on normal features, whose expected accuracy is known. Each round draws a training and a
test split, fits the classifier to shares of the training split, and extrapolates to twice the data. The table shows how
often the 95 % interval holds the true gain.

Tweets: logistic regression on TweetEval emotion and irony. The score on the whole training split is predicted from 10
to 50 % of it. Each round uses other seeds. TEXTLAB_MIRROR names the folder of the datasets.

--tweets 0 or --rounds 0 leaves a part out. All of it takes about 20 minutes on two cores.
"""

import logging
from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from tqdm.auto import tqdm

from textlab import data
from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.statistics.bootstrap import Bootstrap, bootstrap
from textlab.evaluation.statistics.learning_curve import LearningCurve, learning_curve
from textlab.models.logistic_regression import LogisticRegression

RESAMPLES = 1_000
# number of features, distance of the classes, training examples, test examples, seeds, shares
SIMULATED = [
    (50, 0.8, 1000, 1000, 3, (0.1, 0.2, 0.5, 1.0)),
    (50, 0.8, 1000, 1000, 1, (0.1, 0.2, 0.3, 0.5, 1.0)),
    (200, 1.0, 1000, 1000, 3, (0.1, 0.2, 0.5, 1.0)),
    (200, 1.0, 2000, 3000, 3, (0.1, 0.2, 0.5, 1.0)),
    (5, 0.8, 1000, 1000, 3, (0.1, 0.2, 0.5, 1.0)),
    (50, 0.8, 1000, 1000, 1, (0.2, 0.5, 1.0)),
]
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
SEEDS = 3
METRIC = "macro_f1"


def main(
    rounds: Annotated[int, typer.Option(help="Simulated rounds of each setting.", min=0)] = 300,
    tweets: Annotated[int, typer.Option(help="Rounds on each dataset of tweets.", min=0)] = 5,
) -> None:
    """Print both tables."""
    logging.disable(logging.WARNING)
    for setting in SIMULATED if rounds else ():
        print(simulated(*setting, rounds=rounds), flush=True)
    for name in ("tweet_eval/emotion", "tweet_eval/irony") if tweets else ():
        for number in range(tweets):
            print(on_tweets(name, [SEEDS * number + seed for seed in range(SEEDS)]), flush=True)


def simulated(
    features: int, distance: float, train: int, test: int, seeds: int, shares: Sequence[float], rounds: int
) -> str:
    """Return how often the interval of the gain from all to twice as many training examples holds the true one."""
    centre = np.full(features, distance / np.sqrt(features))
    random = np.random.default_rng(1)
    now, then = (_expected_accuracy(centre, size, random) for size in (train, 2 * train))
    held, widths, refused = 0, [], 0
    for number in tqdm(range(rounds), leave=False):
        curve = _simulated_curve(centre, train, test, seeds, shares, np.random.default_rng([2, number]))
        if curve.refusal:
            refused += 1
            continue
        _, low, high = curve.gain(train)
        held += low <= then - now <= high
        widths.append(high - low)
    return (
        f"{features} features, {train} training and {test} test examples, {seeds} seed(s), shares {shares}: "
        f"true gain {100 * (then - now):.2f} points, held {held} of {rounds - refused}, "
        f"median width {100 * np.median(widths):.2f}, refused {refused}"
    )


def _simulated_curve(
    centre: np.ndarray, train: int, test: int, seeds: int, shares: Sequence[float], random: np.random.Generator
) -> LearningCurve:
    examples, labels = _drawn(centre, train, random)
    tested, truth = _drawn(centre, test, random)
    sizes, right = [], []
    for _ in range(seeds):
        order = random.permutation(train)
        for share in shares:
            rows = order[: round(share * train)]
            weights, bias = _fitted(examples[rows], labels[rows])
            right.append((tested @ weights + bias > 0) == truth)
            sizes.append(len(rows))
    hits = np.array(right, float)
    draws = random.multinomial(test, np.full(test, 1 / test), RESAMPLES) / test
    scored = Bootstrap(hits.mean(axis=1), hits @ draws.T, np.zeros((len(hits), 1)), np.ones(1, int))
    return learning_curve(sizes, scored)


def _drawn(centre: np.ndarray, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = random.integers(0, 2, size)
    return random.standard_normal((size, len(centre))) + np.where(labels[:, None] == 1, centre, -centre), labels


def _fitted(examples: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights and the bias of the rule that decides for the nearer mean."""
    positive, negative = examples[labels == 1].mean(axis=0), examples[labels == 0].mean(axis=0)
    return positive - negative, float(-(positive + negative) @ (positive - negative) / 2)


def _expected_accuracy(centre: np.ndarray, size: int, random: np.random.Generator, draws: int = 400) -> float:
    """Return the mean accuracy on the population over training splits of a size."""
    from scipy.special import ndtr

    accuracies = []
    for _ in range(draws):
        weights, bias = _fitted(*_drawn(centre, size, random))
        length = np.linalg.norm(weights)
        accuracies.append((ndtr((centre @ weights + bias) / length) + ndtr((centre @ weights - bias) / length)) / 2)
    return float(np.mean(accuracies))


def on_tweets(name: str, seeds: Sequence[int]) -> str:
    """Predict the score on the whole training split of a dataset from its shares, and compare it with the real one."""
    dataset = data.load(name)
    frames, sizes = {}, []
    for seed in seeds:
        for share in SHARES:
            part = dataset.with_training_share(share, seed)
            frames[f"{share} {seed}"] = _predicted(part)
            sizes.append(len(part.train))
    frames["whole"] = _predicted(dataset)
    scored = bootstrap(decisions_of(frames), [METRIC], RESAMPLES)[METRIC]
    real, parts = float(scored.observed[-1]), slice(len(sizes))
    curves = {
        "any test examples": learning_curve(sizes, _only(scored, parts)),
        "these test examples": learning_curve(sizes, _fixed(_only(scored, parts))),
    }
    said = []
    for kind, curve in curves.items():
        if curve.refusal:
            return f"{name}, seeds {list(seeds)}: {curve.refusal}"
        predicted, low, high = curve.score(min(len(dataset.train), 2 * max(sizes)))  # shares are rounded
        held = "holds it" if low <= real <= high else "misses it"
        said.append(f"{kind}: {100 * predicted:.1f} ({100 * low:.1f} to {100 * high:.1f}), {held}")
    return f"{name}, seeds {list(seeds)}: real {METRIC} {100 * real:.1f}; predicted for {'; for '.join(said)}"


def _predicted(dataset: data.Dataset) -> pd.DataFrame:
    model = LogisticRegression(primary_metric=METRIC)
    model.fit(dataset.train, dataset.validation)
    return predictions_frame(dataset.test, model.predict_proba(dataset.test), dataset.label_names)


def _only(scored: Bootstrap, rows: slice) -> Bootstrap:
    return Bootstrap(scored.observed[rows], scored.resampled[rows], scored.left_out[rows], scored.pattern_sizes)


def _fixed(scored: Bootstrap) -> Bootstrap:
    """Return the same scores as if the test examples were given, so that only the runs vary."""
    resampled = np.repeat(scored.observed[:, None], scored.resampled.shape[1], axis=1)
    return Bootstrap(scored.observed, resampled, scored.left_out, scored.pattern_sizes)


if __name__ == "__main__":
    typer.run(main)
