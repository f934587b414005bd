"""Compare the service with LitServe, BentoML and mlflow on the same bundle: python benchmarks/serving.py BUNDLE

BUNDLE is a promoted version, models/<name>/<number>. Clients keep their connections open and send one tweet per
request. They use wrk if it is installed; otherwise a generator in Python, which uses more of the processor. The output
is

- requests per second, median and 99th percentile of latency, and processor time per request at 1, 16 and 64
  connections,
- tweets per second at 64 connections with 16 tweets per request,
- the model alone, with one tweet and with batches of 64,
- the 99th percentile of latency at 70 % of the maximum load,
- memory, and the seconds from start to ready,
- the cost of telemetry to an ingestion server on the loopback interface.

All servers run at once and take turns, so ratios hold even if the speed of the machine varies. Figures are medians over
the turns. Processor time (of all processes of a server) hardly depends on what else the machine does. LitServe and
BentoML run in environments of their own, which are made once and kept in `.venv-benchmarks/`, in several of their
documented settings; the comparison takes the setting with the most requests per second.
"""

import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from servers import bentoml_server, litserve_server
from servers.load import Figures, measured
from servers.mlflow_server import served_by_mlflow
from servers.ours import served_by_us
from servers.server import ROOT, Server, alone
from servers.telemetry import telemetry_share
from servers.tweets import AT_ONCE, BODIES_OF_SEVERAL, TWEETS

CONNECTIONS = (1, 16, 64)
WIDTH = 120  # also where the output goes to a file
PEERS = ("LitServe", "BentoML", "mlflow")
Found = dict[tuple[str, int], list[Figures]]


def main(
    bundle: Annotated[Path, typer.Argument(help="Bundle to serve: models/<name>/<number>.")],
    seconds: Annotated[float, typer.Option(help="Duration of each measurement.")] = 3,
    turns: Annotated[int, typer.Option(help="Number of turns.")] = 5,
    workers: Annotated[list[int], typer.Option(help="Number of worker processes of our service; repeatable.")] = [1, 2],  # noqa: B006
    peers: Annotated[bool, typer.Option(help="Also measure LitServe, BentoML and mlflow.")] = True,
    telemetry: Annotated[bool, typer.Option(help="Also measure the cost of telemetry.")] = True,
) -> None:
    """Run all measurements and print them."""
    sys.path.insert(0, str(ROOT))
    lone, batched = bare(bundle, seconds)
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as running:
        ours = [running.enter_context(served_by_us(bundle, Path(scratch), count)) for count in workers]
        others = others_on(bundle, Path(scratch), running) if peers else []
        found: Found = defaultdict(list)
        for _ in range(turns):
            for connections in CONNECTIONS:
                for server in ours + others:
                    with alone(server, ours + others):
                        found[server.name, connections].append(measured(server, connections, seconds))
        table = table_of(found, lone, batched)
        notes = [
            f"{server.name}: ready after {server.ready_seconds:.1f} s, {server.memory()} after the turns"
            for server in ours + others
        ]
        for server in ours:
            rate = 0.7 * median(found, server.name, 64).rate
            with alone(server, ours + others):
                late = np.median([measured(server, 64, seconds, rate=rate).p99 for _ in range(turns)])
                notes += beside_the_model(server, found, seconds, lone, batched)
            table.add_row(f"{server.name}, at 70 % load", "64", f"{rate:,.0f}", "", f"{late:.2f}", "")
            notes += [against(server.name, peer, found) for peer in PEERS if others]
    if telemetry:
        with tempfile.TemporaryDirectory() as scratch:
            for count in workers:
                share = telemetry_share(bundle, Path(scratch), count, seconds)
                notes.append(
                    f"telemetry, {count} worker process(es): {share:.1%} of the requests per second without it"
                )
    console = Console(width=WIDTH)
    console.print(table)
    console.print("\n".join(notes), soft_wrap=True)


def bare(bundle: Path, seconds: float) -> tuple[float, float]:
    """Measure the model in this process: median milliseconds for one tweet, and tweets per second in batches of 64."""
    from api.model.tasks import load_model

    model = load_model(bundle)
    durations, started = [], time.perf_counter()
    while time.perf_counter() < started + seconds:
        before = time.perf_counter()
        model.answer(TWEETS[:1])
        durations.append((time.perf_counter() - before) * 1e3)
    calls, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        model.answer(TWEETS)
        calls += 1
    return float(np.median(durations)), calls * len(TWEETS) / (time.perf_counter() - started)


def others_on(bundle: Path, scratch: Path, running: ExitStack) -> list[Server]:
    """Run the other servers on the bundle, in each of their settings, until `running` ends."""
    contexts = [litserve_server.served_by_litserve(bundle, setting) for setting in litserve_server.SETTINGS]
    contexts += [bentoml_server.served_by_bentoml(bundle, count) for count in bentoml_server.WORKERS]
    return [running.enter_context(context) for context in [*contexts, served_by_mlflow(bundle, scratch)]]


def median(found: Found, name: str, connections: int) -> Figures:
    """Return the medians over the turns of one server."""
    return Figures(*np.median(found[name, connections], axis=0))


def table_of(found: Found, lone: float, batched: float) -> Table:
    """Return the figures of all servers, and the model's own, as a table."""
    table = Table("server", "connections", "requests/s", "p50 ms", "p99 ms", "processor ms per request")
    table.add_row("model alone, one tweet", "", f"{1e3 / lone:,.0f}", f"{lone:.2f}", "", "")
    table.add_row("model alone, batches of 64", "", f"{batched:,.0f}", "", "", "")
    for name, connections in sorted(found):
        rate, p50, p99, processor = median(found, name, connections)
        table.add_row(name, str(connections), f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}", f"{processor:.2f}")
    return table


def beside_the_model(server: Server, found: Found, seconds: float, lone: float, batched: float) -> list[str]:
    """Describe what a server of ours adds to the model's own time."""
    over = median(found, server.name, 1).p50 - lone
    tweets = AT_ONCE * measured(server, 64, seconds, BODIES_OF_SEVERAL).rate
    return [
        f"{server.name}, 1 connection: the median is {over:.2f} ms above the model alone",
        f"{server.name}, 64 connections with {AT_ONCE} tweets per request: {tweets:,.0f} tweets per second, "
        f"{tweets / batched:.0%} of the model alone in batches of 64",
    ]


def against(name: str, peer: str, found: Found) -> str:
    """Compare a server of ours with the best setting of another one, turn by turn."""
    best = max(
        (other for other, connections in found if other.startswith(peer) and connections == 16),
        key=lambda other: median(found, other, 16).rate,
    )
    times = np.median([one.rate / other.rate for one, other in zip(found[name, 16], found[best, 16], strict=True)])
    share = np.median([one.p50 / other.p50 for one, other in zip(found[name, 1], found[best, 1], strict=True)])
    processor = median(found, best, 16).processor / median(found, name, 16).processor
    return (
        f"{name} against {best}: {times:.1f} times the requests per second at 16 connections, where {best} needs "
        f"{processor:.1f} times the processor time per request; {share:.0%} of its median latency at 1"
    )


if __name__ == "__main__":
    typer.run(main)
