"""Copies by the real library: offline in an empty network, and online to servers that refuse or never answer."""

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mlflow import MlflowClient
from record.recorded_run import FOLDER, KEY, TEXT, record_run

from textlab import record
from textlab.paths import ROOT
from textlab.record.copies.background import Copies
from textlab.record.copies.weights_and_biases import WeightsAndBiases

pytestmark = pytest.mark.slow
pytest.importorskip("wandb", reason="needs wandb: pip install 'textlab[wandb]'")
WITHOUT_NETWORK = ["unshare", "-rn"]
HAS_NAMESPACES = subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True).returncode == 0


@pytest.fixture
def run_id(store, tmp_path, monkeypatch):
    """A finished run, in the store of a checkout of its own; the library may not see this user's settings."""
    monkeypatch.setenv("TEXTLAB_ROOT", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANDB_NOTES", "a note of the machine")
    monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
    (tmp_path / "files").mkdir()
    return record_run(tmp_path / "files")


def copy(*options, prefix=()):
    command = [*prefix, sys.executable, "-m", "textlab.record", "copy", *options]
    environment = os.environ | record.store.environment()
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)


def mark(run_id):
    return MlflowClient(record.tracking_uri()).get_run(run_id).data.tags.get("textlab.copied.wandb")


def records(file):
    """Read the records of a run's file with the library's own reader (version 0.29)."""
    from wandb.proto import wandb_internal_pb2 as format_
    from wandb.sdk.internal.datastore import DataStore

    store = DataStore()
    store.open_for_scan(str(file))
    while (data := store.scan_data()) is not None:
        parsed = format_.Record()
        parsed.ParseFromString(data)
        yield parsed


@pytest.mark.skipif(not HAS_NAMESPACES, reason="needs unshare and user namespaces (Linux)")
def test_an_offline_copy_needs_no_network_and_holds_the_run_but_nothing_of_the_machine(run_id, store, monkeypatch):
    monkeypatch.setenv("TEXTLAB_WANDB", "offline")
    done = copy("g", prefix=WITHOUT_NETWORK)
    assert (done.returncode, done.stdout.split()) == (0, [run_id]), done.stderr
    assert mark(run_id) == "offline textlab"
    (file,) = (store / "wandb/wandb").glob("offline-run-*/*.wandb")
    found = list(records(file))
    run = next(each.run for each in found if each.HasField("run"))
    assert (run.run_id, run.display_name, run.run_group, run.project) == (KEY, "regression, seed 3", "g", "textlab")
    config = {each.key: json.loads(each.value_json) for each in run.config.update}
    assert (config["seed"], config["C"], config["dataset"]) == (3, 0.25, "file:tweets.csv?text=body")
    summary = {each.key: each.value_json for part in found for each in part.summary.update}
    assert summary["test_macro_recall"] == "0.75"
    rows = [{"/".join(each.nested_key): each.value_json for each in part.history.item} for part in found]
    assert [row["history/loss"] for row in rows if "history/loss" in row] == ["2", "1"]
    artifacts = {part.artifact.type: part.artifact for part in found if part.HasField("artifact")}
    assert "saved_model.pb" in {each.path for each in artifacts["model"].manifest.contents}
    written = file.read_bytes() + b"".join(
        path.read_bytes() for path in (file.parent / "files").rglob("*") if path.is_file()
    )
    assert b"p_good" in written
    private = [TEXT, FOLDER, "a note of the machine", "-m textlab.record", "pandas==", sys.executable, "a" * 40]
    assert not [each for each in private if each.encode() in written]
    machine = {run.host, *(each for part in found for each in (part.environment.host, part.environment.username))}
    assert not machine & {socket.gethostname(), getpass.getuser()}
    assert not [part for part in found if part.HasField("environment") or part.HasField("stats")]
    assert not list((file.parent / "files").glob("requirements.txt"))

    assert copy("g", prefix=WITHOUT_NETWORK).stdout.split() == [run_id]
    assert [file] == list((store / "wandb/wandb").glob("offline-run-*/*.wandb"))  # it was left alone
    assert copy("g", "--again", prefix=WITHOUT_NETWORK).returncode == 0
    assert len(list((store / "wandb/wandb").glob("offline-run-*"))) == 1  # it was replaced


class Silence(BaseHTTPRequestHandler):
    """Answers each request with the server's `code`, or with None never."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.code is None:
            self.server.is_over.wait()
            return
        self.send_response(self.server.code)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@contextmanager
def answering(code):
    with ThreadingHTTPServer(("127.0.0.1", 0), Silence) as server:
        server.code, server.is_over = code, threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.is_over.set()
            server.shutdown()


@pytest.mark.parametrize(
    ("code", "complaint"), [(401, "It refused the key. Check WANDB_API_KEY."), (500, "did not take the run")]
)
def test_a_server_that_refuses_gives_one_sentence_and_the_run_stays_finished(run_id, monkeypatch, code, complaint):
    monkeypatch.setenv("TEXTLAB_WANDB", "online")
    with answering(code) as address:
        monkeypatch.setenv("WANDB_BASE_URL", address)
        done = copy("--run", run_id, "--seconds", "5")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Weights & Biases ")
    assert done.stderr.count("\n") == 1
    assert complaint in done.stderr
    assert "a" * 40 not in done.stderr
    assert (record.get_run(run_id).status, mark(run_id)) == (record.Status.DONE, None)


def test_a_server_that_never_answers_holds_up_a_grid_no_longer_than_stated(run_id, store, monkeypatch, caplog):
    monkeypatch.setenv("TEXTLAB_WANDB", "online")
    with answering(None) as address:
        monkeypatch.setenv("WANDB_BASE_URL", address)
        copies = Copies(WeightsAndBiases("online"))
        copies.add(run_id)
        started = time.monotonic()
        copies.close(20)
        assert time.monotonic() - started < 20 + 10
        while running_in(str(store)):  # they were killed
            assert time.monotonic() - started < 60
            time.sleep(0.5)
    (warning,) = caplog.messages
    assert warning.startswith("1 run was not copied to Weights & Biases: They took longer than 20 s.")
    assert (record.get_run(run_id).status, mark(run_id)) == (record.Status.DONE, None)


def running_in(folder):
    """The processes that have `folder` in their environment, apart from this one."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and folder in str(process.environ()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.skipif(not HAS_NAMESPACES, reason="needs unshare and user namespaces (Linux)")
def test_a_full_disk_fails_the_copy_and_not_the_run(run_id, store, monkeypatch):
    monkeypatch.setenv("TEXTLAB_WANDB", "offline")
    (store / "wandb").mkdir()
    mount = f'mount -t tmpfs -o size=16k tmpfs "{store}/wandb" && exec "$@"'
    done = copy("g", prefix=["unshare", "-rmn", "sh", "-c", mount, "sh"])
    assert done.returncode != 0
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert (record.get_run(run_id).status, mark(run_id)) == (record.Status.DONE, None)


def test_runs_are_copied_in_the_background(run_id, store, monkeypatch, caplog):
    monkeypatch.setenv("TEXTLAB_WANDB", "offline")
    copies = Copies(WeightsAndBiases("offline"))
    copies.add(run_id)
    copies.close(120)
    assert mark(run_id) == "offline textlab"
    assert not caplog.messages
    shutil.rmtree(store / "wandb")
    copies = Copies(WeightsAndBiases("offline"))
    copies.add(run_id)
    copies.close(120)
    assert not (store / "wandb").exists()  # no process was started for a run that is copied


def test_two_grids_that_copy_one_content_key_at_once_both_succeed(run_id, store, monkeypatch, tmp_path):
    monkeypatch.setenv("TEXTLAB_WANDB", "offline")
    (tmp_path / "other files").mkdir()
    other = record_run(tmp_path / "other files", grid="h")
    command = [sys.executable, "-m", "textlab.record", "copy"]
    environment = os.environ | record.store.environment()
    processes = [
        subprocess.Popen([*command, f"--run={each}"], env=environment, stderr=subprocess.PIPE, text=True)
        for each in (run_id, other)
    ]
    complaints = [process.communicate(timeout=240)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], complaints
    assert mark(run_id) == mark(other) == "offline textlab"
    (file,) = (store / "wandb/wandb").glob("offline-run-*/*.wandb")
    assert list(records(file))[-1].HasField("exit")


def test_the_switch_is_the_only_thing_that_imports_the_library():
    code = "import sys, textlab.runner.campaign, textlab.record.copies.background; sys.exit('wandb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
