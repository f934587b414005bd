import threading
import time

import gevent
import numpy as np
import pytest
from gevent.pool import Pool

from api.model.answers import InvalidAnswerError
from api.model.cost import Cost
from api.serving.admission import QueueFullError, TooLargeError, TooLateError
from api.serving.batching import Batcher
from api.serving.model_calls import MOST_HUNG_CALLS, SHORT_SECONDS, ModelCalls
from api.serving.slices import SLICE_SECONDS
from api.waiting import in_thread


class Counting:
    """A stand-in for a model. It answers with the length of each text and records the texts of each call."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.calls, self.seconds = [], seconds

    @property
    def sizes(self):
        return [len(texts) for texts in self.calls]

    def __call__(self, texts):
        self.calls.append(texts)
        time.sleep(self.seconds)
        return "model", probabilities(texts)


def probabilities(texts):
    first = np.array([len(text) / 1000 for text in texts], np.float32)
    return np.stack([first, 1 - first], axis=1)


def lengths(rows):
    return [round(float(row[0]) * 1000) for row in rows]


def cost(seconds_a_character):
    """A model whose calls cost their longest text times their number of texts."""
    seconds = [seconds_a_character, seconds_a_character * 1000]
    return Cost([1, 1000], seconds, seconds, 1000)


def made(predict, seconds_a_character=0.0, on_hung_calls=lambda: None, **changes):
    known = cost(seconds_a_character)
    limits = {"batch_size": 64, "wait_seconds": 0.002, "queue_size": 1024, "deadline_seconds": 5} | changes
    calls = ModelCalls(predict, limits["deadline_seconds"], on_hung_calls)
    return Batcher(calls, lambda: known, **limits)


def ask(batcher, *arguments):
    return gevent.spawn(batcher.submit, *arguments)


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
    model = Counting(0.01)
    batcher = made(model, seconds_a_character=SLICE_SECONDS / 1000)
    largest = [ask(batcher, ["x" * 1000] * 20, f"caller {number}") for number in range(4)]
    gevent.sleep(0.02)
    before = len(model.calls)
    ask(batcher, ["short"], "another caller").get()
    assert any("short" in call for call in model.calls[before - 1 : before + 1])
    assert lengths(gevent.joinall(largest)[0].get()[1]) == [1000] * 20


def test_callers_take_turns_however_many_requests_each_sends():
    model = Counting(0.001)
    batcher = made(model, seconds_a_character=SLICE_SECONDS / 1000)
    many = [ask(batcher, ["x" * 1000], "many") for _ in range(20)]
    few = [ask(batcher, ["x" * 999], "few") for _ in range(5)]
    gevent.joinall(many + few)
    assert [len(text) for (text,) in model.calls][:11].count(999) == 5


def test_request_that_cannot_be_answered_in_time_is_refused_at_once_and_told_what_fits():
    model = Counting()
    batcher = made(model, seconds_a_character=0.001, deadline_seconds=2.5)
    with pytest.raises(TooLargeError) as caught:
        ask(batcher, ["x" * 100] * 50).get()
    assert caught.value.texts in (24, 25)  # the estimate rounds lengths up
    assert model.calls == []
    assert len(ask(batcher, ["x" * 100] * caught.value.texts).get()[1]) == caught.value.texts


def test_pace_of_other_texts_refuses_no_request_that_would_fit():
    batcher = made(Counting(), seconds_a_character=0.001, deadline_seconds=2.5)
    for _ in range(200):
        batcher._cost().correct(0.001, 1.0)
    assert batcher._cost().pace > 3
    ask(batcher, ["x" * 100] * 20).get()


def test_queue_that_is_too_long_for_the_deadline_says_when_to_retry():
    batcher = made(Counting(0.01), seconds_a_character=0.001, deadline_seconds=2.5)
    waiting = [ask(batcher, ["x" * 1000], "one") for _ in range(2)]
    refused = ask(batcher, ["x" * 1000] * 2, "one")
    other = ask(batcher, ["short"], "two")
    gevent.joinall([*waiting, refused, other])
    assert isinstance(refused.exception, QueueFullError)
    assert refused.exception.retry_seconds == 2
    assert other.value[0] == "model"


def test_full_queue_refuses_requests_until_it_has_room():
    batcher = made(Counting(), queue_size=3)
    waiting, refused = ask(batcher, ["a", "b"]), ask(batcher, ["c", "d"])
    gevent.joinall([waiting, refused])
    assert waiting.value[1].shape == (2, 2)
    assert isinstance(refused.exception, QueueFullError)
    assert ask(batcher, ["c", "d"]).get()[1].shape == (2, 2)


def test_full_queue_makes_room_for_a_caller_who_has_less_in_it():
    batcher = made(Counting(), queue_size=4)
    large = [ask(batcher, ["x", "x"], "large") for _ in range(2)]
    small = ask(batcher, ["y"], "small")
    gevent.joinall([*large, small])
    assert small.value[0] == "model"
    assert [type(request.exception) for request in large] == [type(None), QueueFullError]
    assert batcher.waiting == 0


def test_request_past_its_deadline_is_never_computed():
    model = Counting()
    batcher = made(model, wait_seconds=120, deadline_seconds=0.05)
    gevent.joinall([ask(batcher, ["x"]) for _ in range(2)])
    late = ask(batcher, ["late"])
    late.join()
    assert isinstance(late.exception, TooLateError)
    assert batcher.waiting == 0
    batcher.close()  # computes what waits
    assert model.sizes == [2]


def test_rest_of_a_late_request_is_never_computed():
    model = Counting(0.1)
    batcher = made(model, seconds_a_character=SLICE_SECONDS / 1000, deadline_seconds=0.25)
    late = ask(batcher, ["x" * 1000] * 4)
    late.join()
    assert isinstance(late.exception, TooLateError)
    ask(batcher, ["next"]).get()
    assert len(model.calls) < 5  # the last slice had not begun at the deadline


def test_rest_of_a_request_is_not_computed_after_its_client_has_left():
    model, left = Counting(0.01), threading.Event()
    batcher = made(model, seconds_a_character=SLICE_SECONDS / 1000)
    request = gevent.spawn(batcher.submit, ["x" * 1000] * 20, "caller", left.is_set)
    gevent.sleep(0.035)
    left.set()
    request.join()
    assert isinstance(request.exception, TooLateError)
    assert len(model.calls) < 10


def test_other_requests_are_handled_during_a_long_call():
    model = Counting(SHORT_SECONDS * 20)
    batcher = made(model, seconds_a_character=0.5)
    request, turns = ask(batcher, ["12"]), 0
    while not request.ready():
        gevent.sleep(0.001)
        turns += 1
    assert request.value[0] == "model"
    assert turns > 3


def test_calls_that_never_return_block_neither_the_thread_nor_the_next_requests():
    returns, replaced = threading.Event(), []

    def predict(texts):
        if "hang" in texts:
            returns.wait(60)
        return "model", probabilities(texts)

    batcher = made(
        predict, seconds_a_character=0.01, deadline_seconds=0.15, on_hung_calls=lambda: replaced.append(True)
    )
    for number in range(MOST_HUNG_CALLS):
        assert replaced == []
        if number:
            assert ask(batcher, ["good"]).get()[0] == "model"
        hung = ask(batcher, ["hang"])
        hung.join()
        assert isinstance(hung.exception, TooLateError)
        gevent.sleep(0.05)
    assert replaced == [True]
    refused = ask(batcher, ["good"])
    refused.join()
    assert isinstance(refused.exception, QueueFullError)
    returns.set()


def test_request_with_its_own_thread_does_not_queue():
    model = Counting()
    texts = ["x" * length for length in (5, 3, 900)]
    assert lengths(made(model, batch_size=2, wait_seconds=5).submit(texts)[1]) == [5, 3, 900]


def test_text_on_which_the_model_fails_costs_only_its_own_request():
    def predict(texts):
        if "bad" in texts:
            raise RuntimeError("no")
        return "model", probabilities(texts)

    batcher = made(predict)
    texts = ["good", "good", "bad", "good", "bad", "good", "good"]
    requests = [ask(batcher, [text]) for text in texts]
    gevent.joinall(requests)
    failed = [isinstance(request.exception, RuntimeError) for request in requests]
    assert failed == [text == "bad" for text in texts]


@pytest.mark.parametrize("wrong", [[np.nan, np.nan], [-1.0, 2.0], [0.4, 0.4]])
def test_invalid_answer_fails_only_its_own_request(wrong):
    def predict(texts):
        return "model", np.array([wrong if text == "bad" else [0.5, 0.5] for text in texts], np.float32)

    batcher = made(predict)
    requests = [ask(batcher, texts) for texts in (["good"], ["good", "bad"], ["good", "good"])]
    gevent.joinall(requests)
    assert [type(request.exception) for request in requests] == [type(None), InvalidAnswerError, type(None)]
    with pytest.raises(InvalidAnswerError):
        batcher.submit(["bad"])  # from a thread of its own


def test_wrong_number_of_rows_gives_no_request_the_answer_of_another():
    def predict(texts):
        answers = probabilities(texts)
        return "model", answers[:-1] if "bad" in texts else answers

    batcher = made(predict)
    requests = [ask(batcher, ["x" * length]) for length in range(1, 6)] + [ask(batcher, ["bad"])]
    gevent.joinall(requests)
    assert [lengths(request.value[1]) for request in requests[:-1]] == [[length] for length in range(1, 6)]
    assert isinstance(requests[-1].exception, InvalidAnswerError)


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
