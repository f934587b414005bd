"""All attackers at once, for minutes, beside ordinary callers.

TEXTLAB_ATTACK_MINUTES sets the duration; 20 by default. TEXTLAB_ATTACK_BUNDLES names a folder with the bundles `lstm/1`
and `minilm/1`; without it, both models are trained for the test.
"""

import json
import os
import shutil
import time
from pathlib import Path

import psutil
import pytest
from attack_processes import attacked, modules
from ordinary_callers import Callers, Outcomes
from promoted import write_admin_key
from served import serving

MINUTES = float(os.environ.get("TEXTLAB_ATTACK_MINUTES", "20"))
BUNDLES = os.environ.get("TEXTLAB_ATTACK_BUNDLES")
ADDRESSES = ["127.0.0.101", "127.0.0.102", "127.0.0.103"]
PER_SECOND = 5
SAMPLES = 20
LIMIT_MILLISECONDS = {"lstm": 250, "minilm": 1_000}  # the 99th percentile stays below this
FAILURE_SHARE = 0.001
FILES_LEFT = 50  # more open files than before the attack than these would be a leak


@pytest.fixture(params=sorted(LIMIT_MILLISECONDS))
def attacked_model(request, tmp_path):
    """The folder models/<name> with two versions, which are equal."""
    bundle = Path(BUNDLES) / request.param / "1" if BUNDLES else trained(request.param, tmp_path / "trained")
    for number in ("1", "2"):
        shutil.copytree(bundle, tmp_path / "models" / request.param / number)
    catalog = {request.param: {"champion": 2, "previous": 1}}
    (tmp_path / "models" / "catalog.json").write_text(json.dumps(catalog))
    return tmp_path / "models" / request.param


def trained(name: str, folder: Path) -> Path:
    """A model of the usual size, trained on few generated tweets."""
    from dataclasses import replace

    from textlab import data
    from textlab.export.bundle import write_bundle
    from textlab.models.bert import BERT
    from textlab.models.lstm import LSTM

    dataset = data.load("air_paradis")
    dataset = replace(dataset, train=dataset.train.head(320), validation=dataset.validation.head(100))
    model = LSTM(epochs=1) if name == "lstm" else BERT(epochs=1)
    model.fit(dataset.train, dataset.validation)
    write_bundle(model, dataset, folder, {"run_id": "abc", "dataset": {"name": "air_paradis"}})
    return folder


@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 60 + 900)
def test_ordinary_callers_are_served_while_all_attackers_act(attacked_model, tmp_path, capsys):
    settings = {"keys_file": write_admin_key(tmp_path), "log_level": "error", "workers": 2}
    with serving(attacked_model, tmp_path / "service", **settings) as server:
        show(capsys, (f"\n{attacked_model.name}:", *(f" {module}" for module in modules())))
        show(capsys, ("minute", "p50 ms", "p99 ms", "requests", "failures", "MB", "threads", "files", "workers"))
        everything = Outcomes()
        with Callers(server.port, ADDRESSES, PER_SECOND) as callers:
            time.sleep(2)
            show(capsys, line_of(0, callers.outcomes(), server))
            files = open_files(server)
            with attacked(server, modules()):
                time.sleep(2)  # until the attackers have started
                callers.outcomes()
                for sample in range(1, SAMPLES + 1):
                    time.sleep(MINUTES * 60 / SAMPLES)
                    outcomes = callers.outcomes()
                    everything.milliseconds += outcomes.milliseconds
                    everything.failures += outcomes.failures
                    show(capsys, line_of(sample * MINUTES / SAMPLES, outcomes, server))
            time.sleep(20)  # until the last connections of the attackers are closed
            show(capsys, line_of(MINUTES + 1 / 3, callers.outcomes(), server))
            files_left = open_files(server) - files
        with capsys.disabled():
            print(f"all: p50 {everything.percentile(50):.1f} ms, p99 {everything.percentile(99):.1f} ms, ", end="")
            print(f"{everything.failures.total()} of {everything.requests} failed {dict(everything.failures)}")
        assert everything.percentile(99) < LIMIT_MILLISECONDS[attacked_model.name]
        assert everything.failures.total() < FAILURE_SHARE * everything.requests
        assert files_left < FILES_LEFT
        assert len(server.workers()) == 2


def line_of(minute: float, outcomes: Outcomes, server) -> tuple[str, ...]:
    """The values of one line of the table."""
    processes = processes_of(server)
    megabytes = sum(process.memory_full_info().pss for process in processes) / 1e6
    threads = sum(process.num_threads() for process in processes)
    waits = [f"{outcomes.percentile(percent):.1f}" for percent in (50, 99)]
    counts = [outcomes.requests, outcomes.failures.total(), f"{megabytes:.0f}", threads, open_files(server)]
    return (f"{minute:.1f}", *waits, *map(str, counts), str(len(server.workers())))


def show(capsys, line: tuple[str, ...]) -> None:
    """Print a line of the table at once, so that it is there even if the test fails later."""
    with capsys.disabled():
        print("".join(f"{value:>10}" for value in line), flush=True)


def processes_of(server) -> list[psutil.Process]:
    """The main process and the workers. The trials of versions are left out, because they come and go."""
    return [psutil.Process(server.process.pid), *map(psutil.Process, server.workers())]


def open_files(server) -> int:
    """The number of open files and sockets of the main process and the workers."""
    return sum(process.num_fds() for process in processes_of(server))
