"""Time the search for near-duplicates on generated short texts: python benchmarks/near_duplicates.py --texts 200000"""

import resource
import sys
import time
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from textlab.data.exploring.duplicates import nearest_sets, word_sets

SYLLABLES = [first + second for first in "bcdfghklmnprstvw" for second in "aeiou"]
WORDS, SHORTEST, LONGEST = 50_000, 6, 19
TRAIN, SIMILARITY = 0.8, 0.7


def main(texts: Annotated[int, typer.Option(help="Number of texts; 80 % are train.")] = 200_000) -> None:
    """Compare the last fifth of the texts with the others, and print processor time and peak memory."""
    generated = pd.Series(_texts(texts))
    start = time.process_time()
    sets = word_sets(generated)
    middle, train = time.process_time(), int(TRAIN * texts)
    rows, *_ = nearest_sets(sets[train:], sets[:train], SIMILARITY)
    end = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)
    print(f"{texts:,} texts: sets of words {middle - start:.1f} s, nearest sets {end - middle:.1f} s, ", end="")
    print(f"peak memory {peak:.2f} GB, {len(rows):,} texts with a near-duplicate")


def _texts(count: int) -> list[str]:
    """Draw texts of 6 to 19 words, whose frequencies follow Zipf's law."""
    random, base = np.random.default_rng(0), len(SYLLABLES)
    number = np.arange(WORDS)
    syllables = np.array(SYLLABLES, dtype=object)
    words = syllables[number % base] + syllables[number // base % base] + syllables[number // base**2]
    frequency = 1 / (number + 1)
    sizes = random.integers(SHORTEST, LONGEST + 1, size=count)
    drawn = words[random.choice(WORDS, sizes.sum(), p=frequency / frequency.sum())]
    return [" ".join(part) for part in np.split(drawn, np.cumsum(sizes)[:-1])]


if __name__ == "__main__":
    typer.run(main)
