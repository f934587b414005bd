"""Measure what a shadow and a canary cost a running service: python benchmarks/shadow.py MODELS CHAMPION SECOND

MODELS is a folder of promoted versions, models/<name>; CHAMPION and SECOND are two of its numbers. One service answers
all the time. In turns, the second version has no role, is the shadow, or is the canary of every caller, so the modes
share the process, and the load of the machine hits all of them alike. The output is, for each mode,

- requests per second, latency and processor time per request at full load over 16 connections,
- latency and processor time per request at a third of that load,

as medians over the turns, with the median of the turn-by-turn ratios to the service without a second version, and the
share of the answered texts that the shadow compared.
"""

import hashlib
import json
import secrets
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Annotated
from urllib.request import Request, urlopen

import numpy as np
import typer
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table
from servers.load import Figures, measured
from servers.ours import served_by_us
from servers.server import ROOT, Server

CONNECTIONS = 16
MODES = ("alone", "shadow", "canary")
SETTLING_SECONDS = 0.6  # the shadow's thread starts within a quarter of a second
COUNTS = ("textlab_shadow_comparisons_total", "textlab_shadow_dropped_total")


class Admin:
    """Sends admin calls to a service."""

    def __init__(self, server: Server, key: str) -> None:
        self._address, self._key = f"http://127.0.0.1:{server.port}", key

    def call(self, method: str, path: str) -> bytes:
        """Send a call, and return the answer."""
        request = Request(self._address + path, method=method, headers={"X-API-Key": self._key})
        with urlopen(request) as answer:
            return answer.read()

    def choose(self, mode: str, second: int) -> None:
        """Give the second version the role of a mode."""
        for role in ("shadow", "canary"):
            self.call("DELETE", f"/models/{role}")
        if mode != "alone":
            self.call("POST", f"/models/{mode}/{second}" + ("?percent=100" if mode == "canary" else ""))
        time.sleep(SETTLING_SECONDS)

    def counts(self) -> np.ndarray:
        """The numbers of texts that the shadow has compared and dropped."""
        found = dict.fromkeys(COUNTS, 0.0)
        for family in text_string_to_metric_families(self.call("GET", "/metrics").decode()):
            for sample in family.samples:
                if sample.name in found:
                    found[sample.name] += sample.value
        return np.array([found[name] for name in COUNTS])


def main(
    models: Annotated[Path, typer.Argument(help="Folder of promoted versions: models/<name>.")],
    champion: Annotated[int, typer.Argument(help="Number of the version that answers.")],
    second: Annotated[int, typer.Argument(help="Number of the version that becomes the shadow and the canary.")],
    seconds: Annotated[float, typer.Option(help="Duration of each measurement.")] = 2,
    turns: Annotated[int, typer.Option(help="Number of turns.")] = 15,
    workers: Annotated[int, typer.Option(help="Number of worker processes.")] = 1,
    canary: Annotated[bool, typer.Option(help="Also measure the canary.")] = True,
) -> None:
    """Run the measurements and print them."""
    sys.path.insert(0, str(ROOT))
    modes = MODES if canary else MODES[:2]
    key = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory() as scratch:
        keys = Path(scratch, "keys.json")
        digest = hashlib.sha256(key.encode()).hexdigest()
        keys.write_text(json.dumps({"benchmark": {"sha256": digest, "roles": ["admin"]}}))
        settings = {"TEXTLAB_API_KEYS_FILE": str(keys), "TEXTLAB_API_LOAD_TRIAL": "false"}
        settings |= {"TEXTLAB_API_LOG_LEVEL": "warning"}
        with served_by_us(models / str(champion), Path(scratch), workers, settings) as server:
            admin = Admin(server, key)
            rate = measured(server, CONNECTIONS, seconds).rate
            found: dict[tuple[str, str], list[Figures]] = defaultdict(list)
            compared: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(2))
            for turn in range(turns):
                for mode in np.roll(modes, turn):
                    admin.choose(str(mode), second)
                    for load, limit in (("full", 0.0), ("a third", rate / 3)):
                        before = admin.counts()
                        found[str(mode), load].append(measured(server, CONNECTIONS, seconds, rate=limit))
                        compared[load] += (admin.counts() - before) * (mode == "shadow")
    console = Console(width=120)
    console.print(table_of(found))
    for load, (done, dropped) in compared.items():
        console.print(f"load {load}: the shadow compared {done:,.0f} texts and dropped {dropped:,.0f}")


def table_of(found: dict[tuple[str, str], list[Figures]]) -> Table:
    """Return the medians of each mode, with the medians of its ratios to the service alone."""
    table = Table("load", "second version", "requests/s", "p50 ms", "p99 ms", "processor ms per request")
    for load in ("full", "a third"):
        base = np.array(found["alone", load])
        for mode in [mode for mode in MODES if (mode, load) in found]:
            figures = np.array(found[mode, load])
            middle, ratio = np.median(figures, axis=0), np.median(figures / base, axis=0)
            shown = [f"{value:,.{places}f}" for value, places in zip(middle, (0, 2, 2, 3), strict=True)]
            if mode != "alone":
                shown = [f"{value} ({change:.3f})" for value, change in zip(shown, ratio, strict=True)]
            table.add_row(load, "none" if mode == "alone" else mode, *shown)
    return table


if __name__ == "__main__":
    typer.run(main)
