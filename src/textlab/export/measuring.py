"""The speed and the size of an exported model."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from textlab.data.examples import columns_of
from textlab.models.saved_model import BATCH

Answer = Callable[[dict[str, list[str]]], object]  # answers the values of each input column
TIMED_CALLS = 200
WARM_UP_CALLS = 20  # the first calls trace the graph


@dataclass(frozen=True)
class BundleFacts:
    """Measurements of a bundle, taken when it was written.

    Attributes:
        parity: the largest difference between a number that the bundle answers and the trained model's.
        parity_texts: the number of examples on which parity was measured; 0 for a model without a graph.
        latency_ms, latency_p99_ms: milliseconds per request with one example, median and 99th percentile; of a
            retriever, one query is encoded and searched.
        tweets_per_second: examples per second in batches of 64; of a retriever with a graph, texts that are encoded.
        bundle_mb: size on disk in units of 10^6 bytes, without the card and the manifest.
    """

    parity: float
    parity_texts: int
    latency_ms: float
    latency_p99_ms: float
    tweets_per_second: float
    bundle_mb: float


def single_example_latency(answer: Answer, examples: pd.DataFrame) -> tuple[float, float]:
    """Return the median and the 99th percentile, in milliseconds, of calls with one example each."""
    rows = [columns_of(examples.iloc[[row]]) for row in range(min(TIMED_CALLS + WARM_UP_CALLS, len(examples)))]
    durations = []
    for call in range(TIMED_CALLS + WARM_UP_CALLS):
        row = rows[call % len(rows)]
        started = time.perf_counter()
        answer(row)
        durations.append(time.perf_counter() - started)
    median, tail = np.percentile(durations[WARM_UP_CALLS:], [50, 99]) * 1e3
    return float(median), float(tail)


def throughput(answer: Answer, examples: pd.DataFrame) -> float:
    """Return how many examples per second are answered in batches of 64."""
    batches = [columns_of(examples.iloc[start : start + BATCH]) for start in range(0, len(examples), BATCH)]
    answer(batches[0])
    started = time.perf_counter()
    for batch in batches:
        answer(batch)
    return len(examples) / (time.perf_counter() - started)


def size_mb(folder: Path) -> float:
    """Return the size of all files in `folder`, in units of 10^6 bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
