"""Model calls that fail, never return or answer nonsense."""

import threading

import gevent
import numpy as np
import pytest
from batchers import ask, lengths, made, probabilities

from api.model.answers import InvalidAnswerError
from api.serving.admission import QueueFullError, TooLateError
from api.serving.model_calls import MOST_HUNG_CALLS


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
