"""Measure the service of a search: POST /search with all-MiniLM-L6-v2 and an index, one worker on one core.

    python benchmarks/searching.py --documents 100000

A request is encoded, searched for and answered over HTTP. The processor time hardly depends on what else the machine
does; the milliseconds do. `benchmarks/search_requests.py` compares the same search, without HTTP, with its peers.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from search_requests import table_vectors, textlab_search
from servers.load import measured
from servers.ours import served_by_us

CONNECTIONS = (1, 8)
SETTINGS = {"OMP_NUM_THREADS": "1", "TEXTLAB_API_DEADLINE_MS": "30000"}  # a busy machine must not end the measurement


def promoted(texts: list[str], scratch: Path) -> Path:
    """A bundle of MiniLM as it is, with an index of the texts."""
    from textlab.bundle_format.manifest import graph_digest, write_manifest
    from textlab.bundle_format.retrieval_task import INDEX
    from textlab.search import set_encoder

    textlab_search(texts, table_vectors(texts), scratch)
    bundle = scratch / "requests" / "1"
    set_encoder(bundle / INDEX, graph_digest(bundle))
    write_manifest(bundle)
    return bundle


def main(
    documents: Annotated[int, typer.Option(help="Documents in the index.")] = 100_000,
    seconds: Annotated[float, typer.Option(help="Length of each measurement, in seconds.")] = 10,
) -> None:
    """Measure one worker on one core, with one connection and with several."""
    from textlab import data

    dataset = data.load("sentiment140")
    asked = dataset.validation["text"].tolist()[:500]
    bodies = {
        "/search": [json.dumps({"query": text}) for text in asked],
        "/agent_search": [json.dumps({"request": text}) for text in asked],
    }
    table = Table("path", "connections", "requests a second", "median ms", "99 % ms", "processor ms a request")
    console = Console()
    core = {min(os.sched_getaffinity(0))}
    with tempfile.TemporaryDirectory() as folder:
        bundle = promoted(dataset.train["text"].tolist()[:documents], Path(folder))
        for path, of_path in bodies.items():
            with served_by_us(bundle, Path(folder), 1, SETTINGS, path, of_path) as server:
                for process in [server.process, *server.process.children()]:
                    for thread in process.threads():
                        os.sched_setaffinity(thread.id, core)
                for connections in CONNECTIONS:
                    figures = measured(server, connections, seconds)
                    row = [f"{figures.rate:.0f}", f"{figures.p50:.1f}", f"{figures.p99:.1f}"]
                    table.add_row(path, str(connections), *row, f"{figures.processor:.1f}")
                memory = server.memory()
            console.print(table, f"{documents:,} documents, {memory}")


if __name__ == "__main__":
    typer.run(main)
