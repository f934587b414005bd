"""Requests to the model, and their division into slices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from api.model.cost import Cost, size_of
from api.model.model import Asked, Model
from api.serving.deployment import Route

SLICE_SECONDS = 0.05  # longest estimated time of a call, unless a single text takes longer

FIRST = (0,)  # the position of a single text

Answer = tuple[Model, np.ndarray]  # the model that answered, and a row for each text


@dataclass(eq=False, slots=True)
class Request:
    """Texts of one caller that wait for their answer.

    Attributes:
        caller: name of the caller.
        texts: the texts.
        result: receives the Answer or an exception (gevent.event.AsyncResult).
        is_abandoned: returns whether the client has disconnected.
        route: which of the deployed versions answers.
        slices: the parts of the request, each answered by one call.
        answers: the rows of each finished slice.
        model: the model of the finished slices.
        has_ended: whether the result is known, or the client waits no longer.
    """

    caller: str
    texts: Sequence[Asked]
    result: Any
    is_abandoned: Callable[[], bool]
    route: Route = "champion"
    slices: "list[Slice]" = field(default_factory=list)
    answers: "dict[Slice, np.ndarray]" = field(default_factory=dict)
    model: Model | None = None
    has_ended: bool = False

    def answer(self) -> np.ndarray:
        """The rows of all texts, in the order of the request. Every slice must be finished."""
        places = np.concatenate([each.places for each in self.slices])
        found = np.concatenate([self.answers[each] for each in self.slices])
        answer = np.empty_like(found)
        answer[places] = found
        return answer


@dataclass(eq=False, slots=True)
class Slice:
    """Texts of one request that are answered by one call.

    Attributes:
        request: the request.
        texts: the texts.
        places: the positions of these texts in the request.
        size: the size of the longest text, in bytes.
        seconds: estimated seconds of a call with these texts alone.
        is_waiting: whether the slice is in the queue.
    """

    request: Request
    texts: Sequence[Asked]
    places: Sequence[int]
    size: int
    seconds: float
    is_waiting: bool = False


def cut(request: Request, cost: Cost, most_texts: int, size_of_text: Callable[[Asked], int] = size_of) -> list[Slice]:
    """Cut a request into slices of at most SLICE_SECONDS and `most_texts` texts. A slice has at least one text.

    A call pads its texts to the longest one, so texts of similar length share a slice.
    """
    texts = request.texts
    if len(texts) == 1:
        size = size_of_text(texts[0])
        return [Slice(request, texts, FIRST, size, cost.seconds(1, size))]
    sizes = [size_of_text(text) for text in texts]
    largest, count = max(sizes), len(texts)
    if count <= most_texts:
        seconds = cost.seconds(count, largest)
        if seconds <= SLICE_SECONDS:
            return [Slice(request, texts, range(count), largest, seconds)]
    slices: list[Slice] = []
    places: list[int] = []
    for place in sorted(range(count), key=sizes.__getitem__):
        if places and (len(places) == most_texts or cost.seconds(len(places) + 1, sizes[place]) > SLICE_SECONDS):
            slices.append(_slice(request, places, sizes, cost))
            places = []
        places.append(place)
    return [*slices, _slice(request, places, sizes, cost)]


def _slice(request: Request, places: list[int], sizes: list[int], cost: Cost) -> Slice:
    size = sizes[places[-1]]
    return Slice(request, [request.texts[place] for place in places], places, size, cost.seconds(len(places), size))
