import threading
import time

import gevent
import numpy as np
import pytest
from gevent.pool import Pool

from api.serving import batching
from api.serving.batching import Batcher, QueueFullError, TooLateError
from api.waiting import in_thread


class Counting:
    """A stand-in for a model. It answers with the length of each text and records the size of each call."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.sizes, self.seconds = [], seconds

    def __call__(self, texts):
        time.sleep(self.seconds)
        self.sizes.append(len(texts))
        return "model", np.array([[len(text)] for text in texts], np.float32)


def made(predict, **changes):
    return Batcher(predict, **{"batch_size": 64, "wait_seconds": 0.002, "queue_size": 1024} | changes)


def test_each_request_gets_the_answers_to_its_own_texts():
    model = Counting(0.001)
    batcher = made(model)

    def ask(number):
        texts = ["x" * (number + position) for position in range(number % 4 + 1)]
        _, answers = batcher.submit(texts, 5)
        return [int(row[0]) for row in answers] == [len(text) for text in texts]

    assert all(Pool(16).imap_unordered(ask, range(400)))
    assert len(model.sizes) < 200


def test_concurrent_requests_share_a_call():
    model = Counting()
    batcher = made(model)
    requests = [gevent.spawn(batcher.submit, ["x"], 5) for _ in range(9)]
    gevent.joinall(requests)
    assert [request.value[0] for request in requests] == ["model"] * 9
    assert model.sizes == [9]


def test_after_a_shared_call_a_request_waits_for_others():
    model = Counting()
    batcher = made(model, wait_seconds=0.2)
    gevent.joinall([gevent.spawn(batcher.submit, ["x"], 5) for _ in range(4)])
    requests = [gevent.spawn_later(0.01 * number, batcher.submit, ["x"], 5) for number in range(4)]
    gevent.joinall(requests)
    assert model.sizes == [4, 4]


def test_the_wait_for_others_ends():
    model = Counting()
    batcher = made(model, wait_seconds=0.05)
    gevent.joinall([gevent.spawn(batcher.submit, ["x"], 5) for _ in range(4)])
    gevent.spawn(batcher.submit, ["alone"], 5).get()
    assert model.sizes == [4, 1]


def test_lone_requests_do_not_wait_for_others():
    batcher = made(Counting(), wait_seconds=120)
    for _ in range(20):
        gevent.spawn(batcher.submit, ["alone"], 240).get(timeout=60)


def test_call_exceeds_the_batch_size_only_for_one_large_request():
    model = Counting(0.001)
    batcher = made(model, batch_size=5)
    list(Pool(12).imap_unordered(lambda _: batcher.submit(["a", "b"], 5), range(60)))
    gevent.spawn(batcher.submit, ["x"] * 9, 5).get()
    assert max(model.sizes[:-1]) == 4
    assert model.sizes[-1] == 9


def test_full_queue_refuses_requests_until_it_has_room():
    batcher = made(Counting(), queue_size=3)
    waiting = gevent.spawn(batcher.submit, ["a", "b"], 5)
    refused = gevent.spawn(batcher.submit, ["c", "d"], 5)
    gevent.joinall([waiting, refused])
    assert waiting.value[1].shape == (2, 1)
    assert isinstance(refused.exception, QueueFullError)
    assert gevent.spawn(batcher.submit, ["c", "d"], 5).get()[1].shape == (2, 1)


def test_request_past_its_deadline_is_never_computed():
    model = Counting()
    batcher = made(model, wait_seconds=120)
    gevent.joinall([gevent.spawn(batcher.submit, ["x"], 60) for _ in range(2)])
    late = gevent.spawn(batcher.submit, ["late"], 0.05)
    late.join()
    assert isinstance(late.exception, TooLateError)
    assert batcher.waiting == 0
    batcher.close()  # computes what waits
    assert model.sizes == [2]


def test_other_requests_are_handled_during_a_long_call():
    model = Counting(batching.SHORT_SECONDS * 20)
    batcher = made(model)
    gevent.spawn(batcher.submit, ["first"], 5).get()  # now the batcher knows how long a call takes
    request, turns = gevent.spawn(batcher.submit, ["second"], 5), 0
    while not request.ready():
        gevent.sleep(0.001)
        turns += 1
    assert request.value[0] == "model"
    assert turns > 3


def test_request_with_its_own_thread_does_not_queue():
    model = Counting()
    assert made(model, wait_seconds=5).submit(["x"], 5)[0] == "model"


def test_error_of_the_model_reaches_only_the_requests_of_its_batch():
    def predict(texts):
        if "bad" in texts:
            raise RuntimeError("no")
        return "model", np.zeros((len(texts), 1))

    batcher = made(predict)
    bad = gevent.spawn(batcher.submit, ["bad"], 5)
    bad.join()
    assert isinstance(bad.exception, RuntimeError)
    assert gevent.spawn(batcher.submit, ["good"], 5).get()[0] == "model"


def test_closing_answers_waiting_requests_and_refuses_new_ones():
    batcher = made(Counting(), wait_seconds=5)
    gevent.joinall([gevent.spawn(batcher.submit, ["x"], 5) for _ in range(2)])
    waiting = gevent.spawn(batcher.submit, ["x"], 5)
    gevent.sleep(0.01)
    batcher.close()
    assert waiting.get()[0] == "model"
    with pytest.raises(QueueFullError):
        batcher.submit(["x"], 5)


def test_blocking_work_runs_beside_other_requests():
    ended = threading.Event()
    blocking = gevent.spawn(in_thread, ended.wait, 60)
    for _ in range(10):
        gevent.sleep(0.001)
    assert not blocking.ready()
    ended.set()
    assert blocking.get(timeout=60)
