"""Measure explanations: python benchmarks/explanations.py --help

Three questions, each on tweets of a dataset, with models that are fitted on some of its training tweets:

1. How long does an explanation of one tweet take, and how much of the score do its words leave unexplained?
2. How much larger is an export with explanations, and how much longer does the export take?
3. How much slower is /predict while another client asks for explanations without a pause? One service answers both;
   phases with and without explanations take turns, so that a busy machine slows both.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from servers.ours import served_by_us

from textlab import data
from textlab.log import configure_logging

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for the package api
TARGETS_MS = {"lstm": 30, "bert": 150}
WARM_UP = 3


def build(family: str) -> Any:
    """Return an unfitted model of a family, with settings that train within minutes."""
    from textlab.models import families

    settings: dict[str, dict[str, Any]] = {
        "lstm": {"embedding": "word2vec", "epochs": 6},
        "bert": {"epochs": 2, "maximum_length": 64},
    }
    return families()[family](**settings.get(family, {}))


def percent(values: Sequence[float], share: float) -> float:
    """Return a quantile of numbers."""
    return float(np.quantile(np.array(values), share))


def milliseconds(call: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Return the time of a call for each text, after a few calls that are not counted."""
    for text in texts[:WARM_UP]:
        call(text)
    taken = []
    for text in texts:
        started = time.perf_counter()
        call(text)
        taken.append(1e3 * (time.perf_counter() - started))
    return taken


def measure(folder: Path, texts: Sequence[str], threads: int, table: Table, name: str) -> None:
    """Explain each text as the service does, with TensorFlow's C library, and add a row to the table."""
    from api.model.bundle import check_bundle
    from api.model.engine import load
    from api.model.explanation import explanation_of

    checked = check_bundle(folder)
    engine = load("session", folder, checked.signature, threads)
    found = []

    def explain(text: str) -> None:
        found.append(explanation_of(engine.explain(text.encode(), 0), text))

    def predict(text: str) -> None:
        engine.predict({"text": [text.encode()]})

    taken, answered = milliseconds(explain, texts), milliseconds(predict, texts)
    shares = [abs(each.remainder) / max(float(np.abs(each.contributions).sum()), 1e-6) for each in found[WARM_UP:]]
    table.add_row(
        name,
        f"{statistics.median(taken):.1f}",
        f"{percent(taken, 0.9):.1f}",
        f"{TARGETS_MS[name]}" if name in TARGETS_MS else "",
        f"{statistics.median(answered):.1f}",
        f"{100 * statistics.median(shares):.2f} %",
        f"{100 * percent(shares, 0.9):.2f} %",
    )


def export(model: Any, dataset: Any, folder: Path) -> tuple[float, float]:
    """Write the model's bundle; return the seconds and the megabytes."""
    from textlab.export.bundle import write_bundle

    started = time.perf_counter()
    write_bundle(model, dataset, folder, {"run_id": "benchmark"})
    seconds = time.perf_counter() - started
    return seconds, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def contention(folder: Path, texts: Sequence[str], rounds: int, seconds: float) -> tuple[float, float]:
    """Return the median milliseconds of /predict alone, and while explanations are computed."""
    import requests

    with served_by_us(folder, folder.parent, 1, {"TEXTLAB_API_EXPLAIN_LIMIT": "0"}) as server:
        address = f"http://127.0.0.1:{server.port}"
        quiet, busy = [], []
        for _ in range(rounds):
            for times, explains in ((quiet, False), (busy, True)):
                ended = threading.Event()

                def ask_on(ended: threading.Event = ended) -> None:
                    session = requests.Session()
                    for number in range(10**9):
                        if ended.is_set():
                            return
                        text = {"text": texts[number % len(texts)]}
                        session.post(f"{address}/explain", json=text, timeout=60).raise_for_status()

                other = threading.Thread(target=ask_on, daemon=True)
                if explains:
                    other.start()
                    time.sleep(0.5)
                session, until, number = requests.Session(), time.monotonic() + seconds, 0
                while time.monotonic() < until:
                    started = time.perf_counter()
                    session.post(f"{address}/predict", json={"text": texts[number % len(texts)]}).raise_for_status()
                    times.append(1e3 * (time.perf_counter() - started))
                    number += 1
                ended.set()
                if explains:
                    other.join()
        return statistics.median(quiet), statistics.median(busy)


def main(
    families: Annotated[list[str], typer.Argument(help="Families, such as lstm and bert.")],
    dataset: Annotated[str, typer.Option(help="Dataset, for which the models are fitted.")] = "tweet_eval/emotion",
    train: Annotated[int, typer.Option(help="Training tweets.")] = 3000,
    tweets: Annotated[int, typer.Option(help="Test tweets that are explained.")] = 100,
    threads: Annotated[int, typer.Option(help="TensorFlow threads for an explanation.")] = 1,
    models: Annotated[Path | None, typer.Option(help="Folder of saved models, one per family, to use.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of /predict with and without explanations; 0 for none.")] = 3,
    seconds: Annotated[float, typer.Option(help="Seconds of each phase of a round.")] = 10,
) -> None:
    """Measure the time, the completeness and the side effects of explanations."""
    configure_logging()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    splits = data.load(dataset)
    texts = splits.test["text"].tolist()[:tweets]
    console, table = Console(), Table(title=f"Explanations of {len(texts)} tweets, {threads} thread(s)")
    for column in ("family", "p50 ms", "p90 ms", "target ms", "predict p50 ms", "remainder p50", "remainder p90"):
        table.add_column(column)
    lines = []
    with tempfile.TemporaryDirectory() as scratch:
        for family in families:
            model = build(family)
            if models is not None:
                model = type(model).load(models / family)
            else:
                model.fit(splits.train.head(train), splits.validation, seed=0)
            folder = Path(scratch) / family / "1"
            taken, size = export(model, splits, folder)
            lines.append(f"{family}: the bundle has {size:.1f} MB and was written in {taken:.1f} s")
            measure(folder, texts, threads, table, family)
            if rounds:
                quiet, busy = contention(folder, texts, rounds, seconds)
                change = 100 * (busy / quiet - 1)
                lines.append(f"{family}: /predict p50 {quiet:.2f} ms alone, {busy:.2f} ms beside ({change:+.1f} %)")
    console.print(table)
    for line in lines:
        console.print(line)


if __name__ == "__main__":
    typer.run(main)
