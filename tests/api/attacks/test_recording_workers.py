"""Workers of a real service record at the same time, and one of them is killed in the middle."""

import base64
import os
import signal
import time

import pytest
from promoted import LABELS, two_versions
from served import Load, serving

from textlab.monitoring.traffic import read_traffic
from textlab.sealing import Keys, SealError

SECRET = bytes(range(32))


@pytest.fixture(scope="module")
def recorded(constant_models, tmp_path_factory):
    """The state folder of a service that was under load when a worker was killed, and the answers of its clients."""
    folder = tmp_path_factory.mktemp("recorded")
    traffic = folder / "state" / "traffic"
    model = two_versions(constant_models, folder / "models" / "sentiment")
    keys = {"TEXTLAB_SEAL_KEYS": f"first:{base64.b64encode(SECRET).decode()}"}
    with (
        serving(model, folder, keys, workers=2, record="all", record_texts=True, log_level="error") as server,
        Load(server, clients=4) as load,
    ):
        load.wait_for_answers(200)
        # One worker may hold every connection, so the one that is killed must have recorded something.
        os.kill(min(recording_processes(traffic)), signal.SIGKILL)
        load.wait_for_answers(200)
    return traffic, load.counts[200]


def recording_processes(traffic):
    """The process ids in the names of the files with recorded requests."""
    return {int(path.name.split("-")[1]) for path in traffic.glob("*.jsonl")}


def read(folder, secret=SECRET):
    now = time.time()
    return read_traffic(folder, "sentiment", 2, LABELS, now - 3_600, now, Keys({"first": secret}))


def test_a_killed_worker_loses_only_its_last_moment_and_damages_nothing(recorded):
    folder, answered = recorded
    found = read(folder)
    assert found.skipped == {}
    assert 0.5 * answered < len(found) <= answered + 4  # an answer may be recorded and not arrive
    assert set(found.texts) == {"x"}
    assert len(recording_processes(folder)) >= 2  # a file for each worker


def test_recorded_texts_are_sealed_and_another_key_is_refused(recorded):
    folder, _ = recorded
    assert b'"inputs"' not in b"".join(path.read_bytes() for path in folder.iterdir())
    with pytest.raises(SealError, match=r"\.jsonl, line 2: It was changed or moved, or sealed with another key"):
        read(folder, secret=bytes(32))
