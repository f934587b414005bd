import time

from api.serving.hung_calls import watch_shared_calls
from api.serving.model_calls import ModelCalls
from api.serving.workers import Workers
from api.settings import RUN


def test_a_worker_trusts_no_model_whose_call_has_hung_in_another_worker(tmp_path, monkeypatch):
    monkeypatch.setenv(RUN, "one")
    workers = [Workers(tmp_path / "state") for _ in range(2)]
    calls = ModelCalls(lambda texts: None, limit_seconds=1)
    watch_shared_calls(calls, workers[0])
    assert calls.trusts_model
    workers[1].mark_hung()
    until = time.monotonic() + 60
    while calls.trusts_model:
        assert time.monotonic() < until
        time.sleep(0.02)
    for worker in workers:
        worker.leave()
