"""Peak memory of a training, in a process of its own: python memory.py ROWS FAMILY"""

import json
import subprocess
import sys
import time
from pathlib import Path

from rich import box
from rich.table import Table

TARGET = 4.0  # GB
TRAIN_SHARE = 0.7  # `catalogue` puts this share of its rows into train
KB_IN_GB = 1e6


def measure(articles: int, families: list[str]) -> Table:
    """Return the peak memory of training each family on that many articles of `catalogue`."""
    shown = Table("family", "articles", "peak GB", "target", "seconds, cold and cached", box=box.MARKDOWN)
    rows = round(articles / TRAIN_SHARE)
    for family in families:
        found = [_trained(rows, family) for _ in range(2)]  # the second training finds the features in the cache
        seconds = ", ".join(f"{each['seconds']:,.0f}" for each in found)
        peak = max(each["peak"] for each in found)
        shown.add_row(family, f"{articles:,}", f"{peak:.2f}", f"under {TARGET:.0f}", seconds)
    return shown


def _trained(rows: int, family: str) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__)), str(rows), family]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(printed.splitlines()[-1])


def main() -> None:
    """Train in this process, and print its peak memory and the seconds of the training."""
    import resource

    from textlab import data
    from textlab.models import family

    dataset = data.load("catalogue", rows=int(sys.argv[1]))
    started = time.perf_counter()
    family(sys.argv[2])().fit(dataset.train, dataset.validation)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kB on Linux
    print(json.dumps({"peak": peak / KB_IN_GB, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
