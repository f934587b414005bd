"""Measure what recording traffic costs: python benchmarks/recording.py service BUNDLE, or reading.

`service` runs the service four times on the same bundle: twice without recording to show the noise, with everything
recorded in the clear, and with everything and the texts recorded and sealed. They take turns in short rounds, each
alone. The output is the median of requests per second, of their ratio to those of the first service in the same round,
and of processor time per request, which depends less on what else the machine does.

`reading` writes a million predictions with texts as the service does, sealed and in the clear, reads each in a process
of its own, and prints seconds, processor time and peak memory.
"""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from recorded_traffic import reading_cost, write_traffic
from rich.console import Console
from rich.table import Table
from servers.load import Figures, measured
from servers.ours import served_by_us
from servers.server import ROOT, alone

KEY = "benchmark:" + "A" * 43 + "="
NO_KEY = {"TEXTLAB_SEAL_KEYS": "", "TEXTLAB_SEAL_KEYS_FILE": ""}
SEALED = NO_KEY | {"TEXTLAB_SEAL_KEYS": KEY}
SETTINGS = {
    "none": NO_KEY,
    "none, again": NO_KEY,
    "all, in the clear": NO_KEY | {"TEXTLAB_API_RECORD": "all"},
    "all with texts, sealed": SEALED | {"TEXTLAB_API_RECORD": "all", "TEXTLAB_API_RECORD_TEXTS": "true"},
}
app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def service(
    bundle: Annotated[Path, typer.Argument(help="Bundle to serve: models/<name>/<number>.")],
    rounds: Annotated[int, typer.Option(help="Number of rounds.")] = 15,
    seconds: Annotated[float, typer.Option(help="Duration of each measurement.")] = 2,
    connections: Annotated[int, typer.Option(help="Number of connections.")] = 16,
    workers: Annotated[int, typer.Option(help="Number of worker processes.")] = 1,
) -> None:
    """Compare requests per second with and without recording."""
    found: dict[str, list[Figures]] = {name: [] for name in SETTINGS}
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as running:
        servers = {
            name: running.enter_context(served_by_us(bundle, Path(scratch), workers, environment))
            for name, environment in SETTINGS.items()
        }
        for number in range(rounds):
            names = list(SETTINGS) if number % 2 else list(SETTINGS)[::-1]
            for name in names:
                with alone(servers[name], servers.values()):
                    found[name].append(measured(servers[name], connections, seconds))
        _check_that_it_recorded(Path(scratch), found)
    table = Table("recording", "requests/s", "of none", "processor ms per request", "of none", "p99 ms")
    plain = found["none"]
    for name, figures in found.items():
        rates = np.median([one.rate / other.rate for one, other in zip(figures, plain, strict=True)])
        processor = np.median([one.processor / other.processor for one, other in zip(figures, plain, strict=True)])
        rate, _, p99, each = np.median(figures, axis=0)
        table.add_row(name, f"{rate:,.0f}", f"{rates:.1%}", f"{each:.4f}", f"{processor:.1%}", f"{p99:.2f}")
    Console(width=120).print(table)


@app.command()
def reading(
    predictions: Annotated[int, typer.Option(help="Number of recorded predictions.")] = 1_000_000,
) -> None:
    """Measure how long the laboratory reads recorded traffic, and how much memory that takes."""
    table = Table("recorded", "predictions", "MB", "seconds", "processor seconds", "peak MB")
    for name, variables in (("sealed", SEALED), ("in the clear", NO_KEY)):
        os.environ |= variables
        with tempfile.TemporaryDirectory() as scratch:
            since = write_traffic(Path(scratch), predictions)
            size = sum(path.stat().st_size for path in Path(scratch).iterdir()) / 1e6
            cost = reading_cost(Path(scratch), since)
        figures = (cost.predictions, size, cost.seconds, cost.processor_seconds, cost.peak_megabytes)
        table.add_row(name, *(f"{figure:,.1f}" if figure < 100 else f"{figure:,.0f}" for figure in figures))
    Console(width=120).print(table)


def _check_that_it_recorded(scratch: Path, found: dict[str, list[Figures]]) -> None:
    """Fail if a service that should record did not, for its cost was then not measured."""
    recorded = [path for path in scratch.glob("state-*/traffic/*.jsonl") if path.stat().st_size > 10_000]
    if len({path.parent for path in recorded}) != len(found) - 2:
        raise RuntimeError("A service recorded nothing, so its cost was not measured. Look at its log.")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    app()
