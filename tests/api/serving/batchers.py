"""Batchers in front of models that record their calls."""

import time

import gevent
import numpy as np

from api.model.cost import Cost
from api.serving.batching import Batcher
from api.serving.model_calls import ModelCalls


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
    calls = ModelCalls(lambda texts, route: predict(texts), limits["deadline_seconds"], on_hung_calls)
    return Batcher(calls, lambda route: known, **limits)


def ask(batcher, *arguments):
    return gevent.spawn(batcher.submit, *arguments)
