import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from api.batching import Batcher, QueueFullError, TooLateError


class Counting:
    """Stands for a model: the answer to a text is its length; remembers how many texts each call had."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.sizes, self.seconds = [], seconds
        self.go = threading.Event()
        self.go.set()

    def __call__(self, texts):
        self.go.wait()
        time.sleep(self.seconds)
        self.sizes.append(len(texts))
        return "model", np.array([[len(text)] for text in texts], np.float32)


def made(predict, **changes):
    return Batcher(predict, **{"batch_size": 64, "wait_seconds": 0.002, "queue_size": 1024} | changes)


def test_everyone_gets_the_answers_to_his_own_texts():
    model = Counting(0.001)
    batcher = made(model)

    def ask(number):
        texts = ["x" * (number + position) for position in range(number % 4 + 1)]
        _, answers = batcher.submit(texts, 5)
        return [int(row[0]) for row in answers] == [len(text) for text in texts]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(400)))
    batcher.close()
    assert len(model.sizes) < 200


def test_concurrent_requests_share_a_call():
    model = Counting()
    batcher = made(model, wait_seconds=0.5)
    model.go.clear()
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(batcher.submit, ["first"], 5)
        while batcher.waiting:
            time.sleep(0.001)
        others = [pool.submit(batcher.submit, ["other"], 5) for _ in range(8)]
        while batcher.waiting < 8:
            time.sleep(0.001)
        model.go.set()
        assert [future.result()[0] for future in [first, *others]] == ["model"] * 9
    batcher.close()
    assert model.sizes == [1, 8]


def test_lone_requests_do_not_wait_for_company():
    batcher = made(Counting(), wait_seconds=0.1)
    started = time.perf_counter()
    for _ in range(20):
        batcher.submit(["alone"], 5)
    assert time.perf_counter() - started < 1  # with waits it would be two
    batcher.close()


def test_call_never_holds_more_texts_than_allowed_unless_one_request_does():
    model = Counting(0.001)
    batcher = made(model, batch_size=5)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: batcher.submit(["a", "b"], 5), range(60)))
    batcher.submit(["x"] * 9, 5)
    batcher.close()
    assert max(model.sizes[:-1]) == 4
    assert model.sizes[-1] == 9


def test_full_queue_refuses_and_takes_again_afterwards():
    model = Counting()
    batcher = made(model, queue_size=3)
    model.go.clear()
    with ThreadPoolExecutor(4) as pool:
        running = pool.submit(batcher.submit, ["running"], 5)
        while batcher.waiting:
            time.sleep(0.001)
        waiting = pool.submit(batcher.submit, ["a", "b"], 5)
        while not batcher.waiting:
            time.sleep(0.001)
        with pytest.raises(QueueFullError):
            batcher.submit(["c", "d"], 5)
        model.go.set()
        assert running.result()
        assert waiting.result()
    assert batcher.submit(["c", "d"], 5)[1].shape == (2, 1)
    batcher.close()


def test_request_that_is_too_late_is_never_computed():
    model = Counting()
    batcher = made(model)
    model.go.clear()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(batcher.submit, ["running"], 5)
        while batcher.waiting:
            time.sleep(0.001)
        with pytest.raises(TooLateError):
            batcher.submit(["late"], 0.05)
        model.go.set()
        assert running.result()
    batcher.close()
    assert model.sizes == [1]


def test_failure_of_the_model_reaches_those_who_wait_and_no_one_else():
    def predict(texts):
        if "bad" in texts:
            raise RuntimeError("no")
        return "model", np.zeros((len(texts), 1))

    batcher = made(predict)
    with pytest.raises(RuntimeError, match="no"):
        batcher.submit(["bad"], 5)
    assert batcher.submit(["good"], 5)[0] == "model"
    batcher.close()


def test_closing_answers_what_waits_and_takes_nothing_more():
    model = Counting()
    batcher = made(model)
    model.go.clear()
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(batcher.submit, ["x"], 5) for _ in range(2)]
        while not batcher.waiting:
            time.sleep(0.001)
        model.go.set()
        batcher.close()
        assert all(answer.result() for answer in answers)
    with pytest.raises(QueueFullError):
        batcher.submit(["x"], 5)
