"""A real service whose state folder is filled, damaged and removed goes on answering, and recovers by itself."""

import os
import signal
import subprocess
import threading
import time

import pytest
from exposition import samples, total
from promoted import ADMIN, two_versions, write_admin_key
from served import serving
from state_attacks import damaged_files, empty, fill, is_full, rejections_without_end

SMALL_DISK = "size=4m"


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A disk of four megabytes for the state of the service."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "state").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", SMALL_DISK, "tmpfs", str(folder / "state")]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder / "state")], check=True)


@pytest.fixture(scope="module")
def server(disk, constant_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    model = two_versions(constant_models, folder / "models" / "sentiment")
    settings = {"keys_file": write_admin_key(folder), "remember_megabytes": 1, "log_level": "warning", "record": "all"}
    with serving(model, disk, workers=2, **settings) as running:
        yield running


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "the service does not recover"
        time.sleep(0.05)


def judged(server, text):
    """The status of feedback on a new prediction."""
    answer = server.call("POST", "/predict", {"text": text}, ADMIN)
    assert answer[0] == 200
    identifier = answer[2]["predictions"][0]["prediction_id"]
    return server.call("POST", "/feedback", {"prediction_id": identifier, "label": "positive"}, ADMIN)[0]


def health(server):
    status, _, document = server.call("GET", "/health")
    assert status == 200
    return document


def is_ready(server):
    return all(health(server)["status"] == "ready" for _ in range(4))


def kill_one(server):
    """Kill a worker, and wait until another one has taken its place."""
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: victim not in server.workers() and health(server)["workers"] == 2)


def test_a_full_disk_stops_no_prediction_and_the_service_recovers_when_it_has_space(server, disk):
    workers = server.workers()
    assert judged(server, "before") == 200
    fill(disk / "state")
    assert is_full(disk / "state")
    for number in range(20):
        assert server.call("POST", "/predict", {"text": f"full {number} " + "x" * 900}, ADMIN)[0] == 200
    refused = server.call("POST", "/feedback", {"text": "while it is full" * 9, "label": "positive"}, ADMIN)
    assert (refused[0], refused[1]["Retry-After"]) == (507, "3600")
    wait_for(lambda: "Predictions cannot be kept for feedback." in health(server)["reasons"])
    wait_for(lambda: "Predictions cannot be recorded for monitoring." in health(server)["reasons"])
    assert server.call("GET", "/health/ready")[0] == 200
    assert server.call("GET", "/metrics", headers=ADMIN)[0] == 200
    assert server.call("POST", "/models/load/1", headers=ADMIN)[0] in (200, 503)
    assert server.workers() == workers
    kill_one(server)
    (disk / "state" / "filler").unlink()
    wait_for(lambda: judged(server, "after") == 200)
    wait_for(lambda: is_ready(server))
    assert b"while it is full" not in (disk / "state" / "feedback.jsonl").read_bytes()


def test_random_bytes_in_the_state_stop_neither_the_workers_nor_a_start(server, disk):
    workers, stop = server.workers(), threading.Event()
    attack = threading.Thread(target=damaged_files, args=(server, stop))
    attack.start()
    for number in range(40):
        assert server.call("POST", "/predict", {"text": f"damaged {number}"}, ADMIN)[0] == 200
        time.sleep(0.05)
    assert server.workers() == workers
    kill_one(server)
    stop.set()
    attack.join()
    wait_for(lambda: judged(server, "repaired") == 200)
    wait_for(lambda: is_ready(server))
    assert len(list((disk / "state").glob("*.damaged"))) <= 4


def test_a_removed_state_folder_keeps_the_served_version(server, disk):
    assert server.call("POST", "/models/load/1", headers=ADMIN)[0] == 200
    empty(disk / "state")
    assert server.call("POST", "/predict", {"text": "removed"}, ADMIN)[0] == 200
    kill_one(server)
    for _ in range(10):
        assert server.call("POST", "/predict", {"text": "x"}, ADMIN)[2]["model"]["version"] == 1
    wait_for(lambda: is_ready(server))
    status, _, answer = server.call("POST", "/models/load/2", headers=ADMIN)
    assert (status, answer["workers"]) == (200, 2)
    assert judged(server, "anew") == 200


def test_rejections_without_end_raise_one_alert_and_write_little(server, disk):
    before = (disk / "state" / "feedback.jsonl").stat().st_size
    stop = threading.Event()
    attack = threading.Thread(target=rejections_without_end, args=(server, stop))
    attack.start()
    time.sleep(1)
    stop.set()
    attack.join()
    text = server.call("GET", "/metrics", headers=ADMIN)[2].decode()
    assert total(samples(text), "textlab_misclassification_alerts_total") <= 1
    assert (disk / "state" / "feedback.jsonl").stat().st_size - before < 1_000
