"""Batching: requests share calls, and callers share the model."""

import gc
import threading
import weakref

import gevent
import pytest
from batchers import Counting, ask, lengths, made, probabilities
from gevent.pool import Pool

from api.serving.admission import QueueFullError
from api.serving.model_calls import SHORT_SECONDS
from api.serving.slices import SLICE_SECONDS
from api.waiting import in_thread


def test_each_request_gets_the_answers_to_its_own_texts():
    model = Counting(0.001)
    batcher = made(model)

    def check(number):
        texts = ["x" * (number + position) for position in range(number % 4 + 1)]
        _, answers = batcher.submit(texts)
        return lengths(answers) == [len(text) for text in texts]

    assert all(Pool(16).imap_unordered(check, range(400)))
    assert len(model.calls) < 200


def test_concurrent_requests_share_a_call():
    model = Counting()
    batcher = made(model)
    requests = [ask(batcher, ["x"], f"caller {number}") for number in range(9)]
    gevent.joinall(requests)
    assert [request.value[0] for request in requests] == ["model"] * 9
    assert model.sizes == [9]


def test_after_a_shared_call_a_request_waits_for_others():
    model = Counting()
    batcher = made(model, wait_seconds=0.2)
    gevent.joinall([ask(batcher, ["x"]) for _ in range(4)])
    gevent.joinall([gevent.spawn_later(0.01 * number, batcher.submit, ["x"]) for number in range(4)])
    assert model.sizes == [4, 4]


def test_the_wait_for_others_ends():
    model = Counting()
    batcher = made(model, wait_seconds=0.05)
    gevent.joinall([ask(batcher, ["x"]) for _ in range(4)])
    ask(batcher, ["alone"]).get()
    assert model.sizes == [4, 1]


def test_lone_requests_do_not_wait_for_others():
    batcher = made(Counting(), wait_seconds=120, deadline_seconds=240)
    for _ in range(20):
        ask(batcher, ["alone"]).get(timeout=60)


def test_no_call_exceeds_the_batch_size():
    model = Counting(0.001)
    batcher = made(model, batch_size=5)
    list(Pool(12).imap_unordered(lambda _: batcher.submit(["a", "b"]), range(60)))
    assert lengths(ask(batcher, ["x" * length for length in range(1, 10)]).get()[1]) == list(range(1, 10))
    assert max(model.sizes) <= 5


def test_large_request_is_answered_in_slices_of_texts_of_like_length():
    model = Counting()
    batcher = made(model, seconds_a_character=SLICE_SECONDS / 1000)
    texts = ["x" * length for length in (900, 10, 400, 20, 490, 1000, 30)]
    assert lengths(ask(batcher, texts).get()[1]) == [900, 10, 400, 20, 490, 1000, 30]
    assert [[len(text) for text in call] for call in model.calls] == [[10, 20, 30], [400, 490], [900], [1000]]


def test_short_and_long_texts_share_no_call_if_padding_costs_more():
    model = Counting()
    batcher = made(model, seconds_a_character=SLICE_SECONDS / 10_000)
    gevent.joinall([ask(batcher, ["x" * length]) for length in (10, 10, 1000, 1000)])
    assert [[len(text) for text in call] for call in model.calls] == [[10, 10], [1000, 1000]]


def test_a_caller_with_one_short_text_waits_only_for_the_running_call():
    model = Counting(0.04)
    batcher = made(model, seconds_a_character=SLICE_SECONDS / 1000)
    largest = [ask(batcher, ["x" * 1000] * 5, f"caller {number}") for number in range(4)]
    while len(model.calls) < 2:
        gevent.sleep(0.001)
    ask(batcher, ["short"], "another caller").get()  # while the second call runs
    assert "short" in model.calls[2]
    assert lengths(gevent.joinall(largest)[0].get()[1]) == [1000] * 5


def test_callers_take_turns_however_many_requests_each_sends():
    model = Counting(0.001)
    batcher = made(model, seconds_a_character=SLICE_SECONDS / 1000)
    many = [ask(batcher, ["x" * 1000], "many") for _ in range(20)]
    few = [ask(batcher, ["x" * 999], "few") for _ in range(5)]
    gevent.joinall(many + few)
    assert [len(text) for (text,) in model.calls][:11].count(999) == 5


def test_other_requests_are_handled_during_a_long_call():
    model = Counting(SHORT_SECONDS * 20)
    batcher = made(model, seconds_a_character=0.5)
    request, turns = ask(batcher, ["12"]), 0
    while not request.ready():
        gevent.sleep(0.001)
        turns += 1
    assert request.value[0] == "model"
    assert turns > 3


def test_request_with_its_own_thread_does_not_queue():
    model = Counting()
    texts = ["x" * length for length in (5, 3, 900)]
    assert lengths(made(model, batch_size=2, wait_seconds=5).submit(texts)[1]) == [5, 3, 900]


def test_one_model_answers_all_slices_of_a_request():
    models = iter(["old", "old", "new", "new", "new", "new", "new"])

    def predict(texts):
        return next(models), probabilities(texts)

    batcher = made(predict, batch_size=1)
    model, answers = ask(batcher, ["x" * length for length in (3, 1, 2, 4)]).get()
    assert (model, lengths(answers)) == ("new", [3, 1, 2, 4])


def test_one_model_answers_a_request_that_has_its_own_thread():
    models = iter(["old", "new", "new", "new"])

    def predict(texts):
        return next(models), probabilities(texts)

    model, answers = made(predict, batch_size=1).submit(["x" * length for length in (3, 1)])
    assert (model, lengths(answers)) == ("new", [3, 1])


def test_closing_answers_waiting_requests_and_refuses_new_ones():
    batcher = made(Counting(), wait_seconds=5)
    gevent.joinall([ask(batcher, ["x"]) for _ in range(2)])
    waiting = ask(batcher, ["x"])
    gevent.sleep(0.01)
    batcher.close()
    assert waiting.get()[0] == "model"
    with pytest.raises(QueueFullError):
        batcher.submit(["x"])


def test_blocking_work_runs_beside_other_requests():
    ended = threading.Event()
    blocking = gevent.spawn(in_thread, ended.wait, 60)
    for _ in range(10):
        gevent.sleep(0.001)
    assert not blocking.ready()
    ended.set()
    assert blocking.get(timeout=60)


def test_ended_request_is_freed_at_once():
    """A cycle of requests and slices kept the texts until a full garbage collection, which large texts do not cause."""

    class Text(str):
        __slots__ = ("__weakref__",)

    model = Counting()
    batcher = made(model, seconds_a_character=0.001)
    texts = [Text("x" * 40), Text("y" * 60), Text("z" * 80)]
    freed = [weakref.ref(text) for text in texts]
    gc.collect()
    gc.disable()
    try:
        ask(batcher, texts).get(timeout=60)
        model.calls.clear()
        del texts
        gevent.sleep(0.01)
        assert [reference() for reference in freed] == [None] * 3
    finally:
        gc.enable()
