"""Admission: the requests that are refused, and those that nobody waits for any longer."""

import threading

import gevent
import pytest
from batchers import Counting, ask, made

from api.serving.admission import QueueFullError, TooLargeError, TooLateError
from api.serving.slices import SLICE_SECONDS


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
        batcher._cost("champion").correct(0.001, 1.0)
    assert batcher._cost("champion").pace > 3
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
