"""Error rates of the gate of `textlab retrain`, by simulation.

Each draw is a test set, 500 newest texts and the answers of two models to them. The models disagree on at least 8 % of
the texts, and the challenger's true macro recall differs from the champion's by a stated number of points. The share of
draws in which the gate promotes the challenger is counted twice: as if it were as fast as the champion, and as if it
were twice as fast, where "at most one point worse" suffices.

    python benchmarks/gate.py --texts 2000 --draws 200
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from textlab.evaluation.classification.floors import floor_test
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.retraining.evidence import difference_between
from textlab.retraining.rules import MARGIN, Evidence, judge, may_promote
from textlab.retraining.slices import compare_parts

LABELS = ("negative", "neutral", "positive")
SHARES = (0.3, 0.4, 0.3)
SCORE = 0.7  # the champion's accuracy
DISAGREEMENT = 0.08
DIFFERENCES = (-3, -2, -1, -0.5, 0, 1, 2, 3)  # points
NEWEST = 500
RESAMPLES = 1_000  # the gate itself draws 10,000
WORDS = ("flight", "late", "not", "#crew", "@airline", "http", "thanks", "gate", "😀", "seat")


@cache
def distinct_texts() -> np.ndarray:
    """Return 1,000 texts of different lengths and contents, so that there are ten slices."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 40, 1000)
    texts = [" ".join(rng.choice(WORDS, length, p=[0.64, *[0.04] * 9])) for length in lengths]
    return np.array(texts, dtype=object)


def draw(rng: np.random.Generator, count: int, difference: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the predictions of a challenger and of a champion for `count` texts."""
    labels = rng.choice(3, count, p=SHARES)
    texts = rng.choice(distinct_texts(), count)
    examples = pd.DataFrame({"id": [str(row) for row in range(count)], "text": texts, "label": labels})
    right, chance = rng.random(count) < SCORE, rng.random(count)
    lost = DISAGREEMENT / 2 + max(-difference, 0) / 100
    won = DISAGREEMENT / 2 + max(difference, 0) / 100
    challenger = np.where(right, chance >= lost / SCORE, chance < won / (1 - SCORE))
    wrong = (labels + rng.integers(1, 3, count)) % 3
    return tuple(  # type: ignore[return-value]
        predictions_frame(examples, np.eye(3)[np.where(each, labels, wrong)], LABELS) for each in (challenger, right)
    )


def promoted(texts: int, difference: float, draws: int) -> tuple[float, float]:
    """Return the share of draws in which the challenger is promoted: equally fast, and twice as fast."""
    counts = np.zeros(2)
    shares = dict(zip(LABELS, SHARES, strict=True))
    floor = floor_test("challenger", draw(np.random.default_rng(0), 1000, 0)[0], shares, "macro_recall")
    for number in range(draws):
        rng = np.random.default_rng([number, texts, int(1000 + 10 * difference)])
        test, newest = draw(rng, texts, difference), draw(rng, NEWEST, difference)
        measured = difference_between(*test, "macro_recall", RESAMPLES)
        if not (measured.is_better or measured.is_within(MARGIN)):
            continue  # the test set decides, so the other rules need not be judged
        evidence = Evidence(
            measured,
            difference_between(*newest, "macro_recall", RESAMPLES),
            compare_parts(*test, "macro_recall", draws=RESAMPLES),
            floor,
            champion_ms=1.0,
            challenger_ms=1.0,
        )
        counts += [may_promote(judge(each)) for each in (evidence, replace(evidence, challenger_ms=0.5))]
    return tuple(counts / draws)  # type: ignore[return-value]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=2000, help="number of texts of the test set")
    parser.add_argument("--draws", type=int, default=200, help="number of draws for each difference")
    parser.add_argument("--differences", type=float, nargs="*", default=DIFFERENCES, help="true differences in points")
    options = parser.parse_args(arguments)
    print(f"{options.draws} draws, {options.texts:,} test texts, {NEWEST} newest texts")
    print("| true difference, points | promoted, equally fast | promoted, twice as fast |")
    print("|---:|---:|---:|")
    for difference in options.differences:
        equal, faster = promoted(options.texts, difference, options.draws)
        print(f"| {difference:+g} | {100 * equal:.1f} % | {100 * faster:.1f} % |", flush=True)


if __name__ == "__main__":
    main()
