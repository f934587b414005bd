"""Recorded traffic of any size, as the service writes it, and the cost of reading it."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
NAME, VERSION, LABELS = "sentiment", 3, ("negative", "neutral", "positive")
SECONDS_BETWEEN = 0.6  # a million predictions take a week
BATCH = 200
WORDS = [
    f"{start}{end}" for start in ("crew", "flight", "ж", "so", "late", "👍", "thank") for end in ("", "s", "ing", "!")
]


class Cost(NamedTuple):
    """The cost of reading."""

    predictions: int
    texts: int
    seconds: float
    processor_seconds: float
    peak_megabytes: float


def write_traffic(folder: Path, predictions: int, with_texts: bool = True, workers: int = 2, seed: int = 0) -> float:
    """Write predictions of the last days into the folder, sealed if the environment names keys.

    Args:
        folder: a new folder.
        predictions: their number.
        with_texts: whether to record the texts.
        workers: number of workers that take turns.
        seed: random seed of probabilities and texts.

    Returns:
        The time of the first prediction, in seconds since 1970.
    """
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    from api.serving.segments import Limits, Segments
    from api.serving.store import Prediction
    from api.serving.traffic import traffic_lines
    from textlab.sealing import Keys
    from textlab.sealing.purposes import TRAFFIC

    random, limits = np.random.default_rng(seed), Limits(days=365, megabytes=10_000)
    segments = [Segments(folder, TRAFFIC, limits, Keys.from_environment()) for _ in range(workers)]
    first = time.time() - predictions * SECONDS_BETWEEN
    for start in range(0, predictions, BATCH):
        count = min(BATCH, predictions - start)
        probabilities = random.dirichlet(np.ones(len(LABELS)), count).tolist()
        texts = [" ".join(random.choice(WORDS, size)) for size in random.integers(5, 28, count)]
        items = [
            (
                Prediction(f"{start + row:036x}", first + (start + row) * SECONDS_BETWEEN, NAME, VERSION, "", text),
                LABELS,
                probabilities[row],
                f"caller {(start + row) % 1_000}",
            )
            for row, text in enumerate(texts)
        ]
        segments[start // BATCH % workers].append(
            traffic_lines(items, lambda name: f"{hash(name) % 2**64:016x}", with_texts)
        )
    for each in segments:
        each.close()
    return first


def reading_cost(folder: Path, since: float) -> Cost:
    """Read the traffic in a process of its own, and return what that took."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    command = [sys.executable, __file__, str(folder), str(since)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Cost(*json.loads(done.stdout))


def _read(folder: Path, since: float) -> Cost:
    from textlab.monitoring.traffic import read_traffic
    from textlab.sealing import Keys

    keys = Keys.from_environment()
    started, before = time.perf_counter(), time.process_time()
    traffic = read_traffic(folder, NAME, VERSION, LABELS, since, time.time(), keys, show_progress=True)
    seconds, processor = time.perf_counter() - started, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return Cost(len(traffic), len(traffic.texts), seconds, processor, peak)


if __name__ == "__main__":
    print(json.dumps(_read(Path(sys.argv[1]), float(sys.argv[2]))))
