"""The folders of runs: those of ended runs go, those of live ones stay, whatever their age."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from exposition import samples, total

from api.serving.runs import Run, remove_ended
from api.serving.workers import Workers
from api.settings import RUN

ROOT = Path(__file__).resolve().parents[3]

# What gunicorn's main process and a worker do, in one process.
COUNTING = """
import logging, os, sys
from pathlib import Path
from types import SimpleNamespace
from api import gunicorn_settings
from api.observing.metrics import Metrics
from api.serving.runs import remove_ended

server, state = SimpleNamespace(log=logging.getLogger("gunicorn.error")), gunicorn_settings.settings.state
gunicorn_settings.on_starting(server)
metrics = Metrics()
metrics.share(server.run_of_service.folder, state)
remove_ended(state)
metrics.observe_request("/predict", "POST", 200, 0.004)
metrics.observe_call(3, 0.002, 5, 1)
metrics.alerts.inc()
sys.stdout.write(metrics.exposition().decode())
sys.stdout.flush()
if sys.argv[1] == "stopped":
    metrics.close()
    gunicorn_settings.on_exit(server)
else:
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def run_of(monkeypatch, tmp_path):
    """A function that joins the run of this name."""

    def join(name):
        monkeypatch.setenv(RUN, name)
        return Run(tmp_path)

    return join


def runs(state):
    return sorted(folder.name for folder in state.glob("run-*"))


def test_folder_of_a_run_stays_until_its_last_process_has_left(run_of, tmp_path):
    processes = [run_of("old"), run_of("old")]
    os.utime(tmp_path / "run-old", (0, 0))
    new = run_of("new")
    processes[0].leave()
    remove_ended(tmp_path)
    assert runs(tmp_path) == ["run-new", "run-old"]
    processes[1].leave()
    remove_ended(tmp_path)
    assert runs(tmp_path) == ["run-new"]
    new.leave()


def test_worker_removes_the_folders_of_ended_runs_at_its_start(run_of, tmp_path, monkeypatch):
    run_of("old").leave()
    alive = run_of("other")
    monkeypatch.setenv(RUN, "new")
    Workers(tmp_path).leave()
    assert runs(tmp_path) == ["run-new", "run-other"]
    alive.leave()


def test_running_service_of_an_earlier_release_keeps_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(RUN, "earlier")
    worker = Workers(tmp_path)
    with worker.starting():
        worker._run.leave()
        (tmp_path / "run-earlier" / "run.lock").unlink()
        remove_ended(tmp_path)
        assert runs(tmp_path) == ["run-earlier"]
    worker.leave()
    remove_ended(tmp_path)
    assert runs(tmp_path) == []


def counted_by_a_service(state, end):
    """The metrics that a service shows before it is "stopped" or "killed"."""
    environment = {name: value for name, value in os.environ.items() if name != RUN}
    environment |= {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", "TEXTLAB_API_STATE": str(state)}
    command = [sys.executable, "-c", COUNTING, end]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == (0 if end == "stopped" else -9), done.stderr
    return samples(done.stdout)


def test_counters_and_histograms_outlive_a_restart_and_gauges_do_not(tmp_path):
    for number, (end, folders) in enumerate([("killed", 1), ("stopped", 0), ("killed", 1)], start=1):
        found = counted_by_a_service(tmp_path, end)
        assert total(found, "textlab_requests_total", route="/predict", status="200") == number
        assert total(found, "textlab_request_seconds_bucket", route="/predict", le="0.005") == number
        assert total(found, "textlab_request_seconds_bucket", route="/predict", le="0.002") == 0
        assert total(found, "textlab_request_seconds_count", route="/predict") == number
        assert total(found, "textlab_batch_texts_sum") == 3 * number
        assert total(found, "textlab_misclassification_alerts_total") == number
        assert total(found, "textlab_texts_waiting") == 5
        assert len(runs(tmp_path)) == folders


def test_damaged_counts_do_not_stop_the_service(tmp_path):
    counted_by_a_service(tmp_path, "stopped")
    (tmp_path / "metrics" / "counts.json").write_bytes(b"")
    (tmp_path / "run-broken" / "metrics").mkdir(parents=True)
    (tmp_path / "run-broken" / "metrics" / "1.snapshot").write_bytes(b"\xff" * 100)
    (tmp_path / "run-broken" / "metrics" / "counts.json").write_bytes(b"\xff" * 100)
    remove_ended(tmp_path)
    assert total(counted_by_a_service(tmp_path, "stopped"), "textlab_requests_total") == 1


def test_state_folder_is_closed_to_other_users(tmp_path, run_of, caplog):
    made = tmp_path / "made"
    Run(made).leave()
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    Run(made).leave()
    assert made.stat().st_mode & 0o777 == 0o700


def test_folder_with_other_things_in_it_keeps_its_mode(tmp_path):
    (tmp_path / "notes.txt").touch()
    tmp_path.chmod(0o755)
    Run(tmp_path).leave()
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_processes_of_a_run_share_the_served_number(run_of):
    run = run_of("one")
    process = os.fork()
    if process == 0:
        Run(run.folder.parent).deployment.set_champion(7)
        os._exit(0)
    os.waitpid(process, 0)
    assert run.deployment.champion == 7
    run.leave()


def test_counts_of_an_ended_run_wait_for_space(tmp_path, monkeypatch):
    counted_by_a_service(tmp_path, "killed")

    def fail(*_):
        raise OSError

    monkeypatch.setattr("api.observing.ended_runs._move", fail)
    remove_ended(tmp_path)
    assert len(runs(tmp_path)) == 1
    monkeypatch.undo()
    remove_ended(tmp_path)
    assert runs(tmp_path) == []
    assert total(counted_by_a_service(tmp_path, "stopped"), "textlab_requests_total") == 2
