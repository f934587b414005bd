import os
import signal
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from promoted import ADMIN, promote, write_admin_key, write_constant_model
from served import Load, serving


def samples(text):
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[(sample.name, tuple(sorted(sample.labels.items())))] = sample.value
    return found


def total(found, name, **labels):
    return sum(
        value for (sample, given), value in found.items() if sample == name and labels.items() <= dict(given).items()
    )


def test_metrics_count_what_happened(admin):
    admin.post("/predict", json={"texts": ["a", "b", "c"]})
    admin.post("/predict", json={"text": ""})
    admin.post("/feedback", json={"text": "x", "label": "negative"})
    answer = admin.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    found = samples(answer.get_data(as_text=True))
    assert total(found, "textlab_requests_total", route="/predict", status="200") == 1
    assert total(found, "textlab_requests_total", route="/predict", status="422") == 1
    assert total(found, "textlab_predictions_total", label="positive", version="2") == 3
    assert total(found, "textlab_batch_texts_sum") == 4
    assert total(found, "textlab_request_seconds_count", route="/predict") == 2
    assert total(found, "textlab_feedback_total", outcome="rejected") == 1


@pytest.fixture
def server(tmp_path):
    promote(write_constant_model(tmp_path / "one", [0.9, 0.1]), tmp_path / "models/sentiment/1")
    with serving(
        tmp_path / "models/sentiment", tmp_path / "service", workers=2, keys_file=write_admin_key(tmp_path)
    ) as running:
        yield running


def test_metrics_of_all_workers_are_added_up_and_those_of_a_dead_one_stay(server):
    with Load(server) as load:
        time.sleep(1)
    answered = load.counts[200]
    text = server.call("GET", "/metrics", headers=ADMIN)[2].decode()
    assert total(samples(text), "textlab_requests_total", route="/predict") == answered
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    until = time.monotonic() + 30
    while victim in server.workers() and time.monotonic() < until:
        time.sleep(0.1)
    text = server.call("GET", "/metrics", headers=ADMIN)[2].decode()
    assert total(samples(text), "textlab_requests_total", route="/predict") == answered
