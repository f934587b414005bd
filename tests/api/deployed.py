"""Questions to a service with a canary or a shadow."""

import time

from exposition import samples, total


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def metric(client, name, **labels):
    return total(samples(client.get("/metrics").get_data(as_text=True)), name, **labels)


def ask(client, text="x"):
    answer = client.post("/predict", json={"text": text})
    assert answer.status_code == 200
    return answer.get_json()
