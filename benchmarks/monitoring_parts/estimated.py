"""Estimated accuracy without labels, beside the real one, under label shift and where the assumption fails."""

from dataclasses import dataclass

import numpy as np
from rich.table import Table
from tqdm.auto import tqdm

from monitoring_parts.corpus import Corpus
from monitoring_parts.results import Results
from textlab.monitoring.performance import estimate_performance
from textlab.monitoring.score import confusion_matrix, scores_of

PART = "estimated"
TEXTS = 1_000
VALIDATION_SIZES = (2_000, 12_000)
NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2


@dataclass(frozen=True)
class Shift:
    """A change of one class's share, the others giving way in proportion, and a share of labels that is flipped."""

    name: str
    label: int = NEGATIVE
    share: float | None = None
    flipped: float = 0.0


SHIFTS = (
    Shift("no shift"),
    Shift("32 -> 48 % negative", share=0.48),
    Shift("32 -> 16 % negative", share=0.16),
    Shift("positive + 20 points", POSITIVE, 0.52),
    Shift("neutral - 20 points", NEUTRAL, 0.17),
    Shift("no shift, 20 % of labels flipped", flipped=0.2),
)


def estimated(corpus: Corpus, results: Results, looks: int) -> Table:
    """Estimate the accuracy of traffic and compare it with its labels."""
    for size in VALIDATION_SIZES:
        for look in tqdm(range(looks), desc=f"{size:,} validation tweets"):
            for shift in SHIFTS:
                if (PART, f"{shift.name}, {size}", TEXTS, look) not in results:
                    results.add(PART, f"{shift.name}, {size}", TEXTS, look, **_measured(corpus, shift, size, look))
    return _table(results, looks)


def _measured(corpus: Corpus, shift: Shift, size: int, look: int) -> dict[str, list[float]]:
    """Estimate and real figure of a look: value, low, high, real."""
    random = np.random.default_rng([look, size])
    validation, rest = np.split(random.permutation(corpus.base), [size])
    rows = _traffic(corpus.labels, rest, shift, random)
    labels, probabilities = corpus.labels[rows], corpus.probabilities[rows]
    flips = random.random(len(labels)) < shift.flipped
    labels = np.where(flips, (labels + random.integers(1, 3, len(labels))) % 3, labels)
    found = estimate_performance(
        corpus.probabilities[validation], corpus.labels[validation], probabilities, seed=look, resamples=200
    )
    accuracy, macro_f1 = scores_of(confusion_matrix(probabilities.argmax(axis=1), labels, 3))
    pairs = {"accuracy": (found.accuracy, accuracy), "macro_f1": (found.macro_f1, macro_f1)}
    share = float((labels == shift.label).mean())
    pairs["share"] = found.class_shares[shift.label], share
    return {name: [score.value, score.low, score.high, real] for name, (score, real) in pairs.items()} | {
        "uncorrected": [found.uncorrected_accuracy, accuracy]
    }


def _traffic(labels: np.ndarray, rest: np.ndarray, shift: Shift, random: np.random.Generator) -> np.ndarray:
    """Draw the rows of traffic with the class shares of the shift."""
    if shift.share is None:
        return rest[:TEXTS]
    count = int(random.binomial(TEXTS, shift.share))
    own, others = rest[labels[rest] == shift.label], rest[labels[rest] != shift.label]
    return np.concatenate([own[:count], others[: TEXTS - count]])


def _table(results: Results, looks: int) -> Table:
    table = Table(
        *("case", "validation", "draws", "real", "estimated", "mean error", "within 2 points", "interval holds"),
        *("width", "F1 interval holds", "share interval holds", "mean error without correction"),
    )
    for size in VALIDATION_SIZES:
        for shift in SHIFTS:
            rows = list(results.of(PART, f"{shift.name}, {size}", TEXTS, looks))
            if not rows:
                continue
            figures = {name: np.array([row[name] for row in rows]) for name in ("accuracy", "macro_f1", "share")}
            value, low, high, real = figures["accuracy"].T
            error = np.abs(value - real)
            plain, _ = np.array([row["uncorrected"] for row in rows]).T
            numbers = [real.mean(), value.mean(), error.mean(), (error <= 0.02).mean(), _held(figures["accuracy"])]
            numbers += [(high - low).mean(), _held(figures["macro_f1"]), _held(figures["share"])]
            numbers.append(np.abs(plain - real).mean())
            cells = [f"{100 * number:.1f}" for number in numbers]
            table.add_row(shift.name, f"{size:,}", f"{len(rows)}", *cells)
    return table


def _held(figures: np.ndarray) -> float:
    """The share of intervals that hold the real figure."""
    _, low, high, real = figures.T
    return float(((low <= real) & (real <= high)).mean())
