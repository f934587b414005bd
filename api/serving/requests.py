"""Free-text requests: read into conditions and a rest, answered by a search, and explained by passages."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import numpy as np

from api.model.cost import size_of
from api.model.retriever import Retriever
from api.serving.admission import OverloadError, TooLargeError
from api.serving.batching import never
from api.serving.current_model import CurrentModel
from api.serving.request_reading import RequestReading
from api.serving.searches import Searched, Searches
from textlab.search.conditions import Request
from textlab.search.passages import best_passages, compared_sentences

PASSAGE_SECONDS = 0.25  # estimated time to encode the sentences of the found texts; it exceeds that of the search


class RequestAnswered(NamedTuple):
    """The answer to a request.

    Attributes:
        searched: the people who were found.
        request: the conditions that were understood, and the rest.
        passages: the sentences of each person's profile that match the rest best.
    """

    searched: Searched
    request: Request
    passages: list[list[str]]


class Requests:
    """Answers requests.

    Args:
        current: the models of this worker. The champion's documents say which conditions exist.
        reading: reads requests.
        searches: answers what is left of them.
    """

    def __init__(self, current: CurrentModel, reading: RequestReading, searches: Searches) -> None:
        self._current, self._reading, self._searches = current, reading, searches

    def answer(self, text: str, k: int, caller: str = "", is_abandoned: Callable[[], bool] = never) -> RequestAnswered:
        """Find the k people who meet the conditions of a request and match its rest best.

        Args:
            text: the request.
            k: maximum number of people.
            caller: name of the caller.
            is_abandoned: returns whether the client has disconnected.

        Raises:
            TooLargeError, QueueFullError, TooLateError, InvalidAnswerError, EngineError: as `Answering.answer` does.
        """
        request = self._reading.read(text, cast(Retriever, self._current.get()))
        searched = self._searches.search(request.rest, k, request.filters, caller, is_abandoned, asked=text)
        return RequestAnswered(searched, request, self._passages(searched, request.rest, caller, is_abandoned))

    def _passages(
        self, searched: Searched, rest: str, caller: str, is_abandoned: Callable[[], bool]
    ) -> list[list[str]]:
        """The best sentences of each found text: by vectors for the first texts, by words for the others."""
        texts = [found.document.text for found in searched.results]
        encoded = self._encoded(searched, texts, rest, caller, is_abandoned) if searched.model.has_vectors else {}
        encode = lambda sentences: np.stack([encoded[sentence] for sentence in sentences])  # noqa: E731
        passages = []
        for text in texts:
            is_encoded = all(sentence in encoded for sentence in compared_sentences(text))
            passages.append(best_passages(text, rest, encode if is_encoded else None))
        return passages

    def _encoded(
        self, searched: Searched, texts: Sequence[str], rest: str, caller: str, is_abandoned: Callable[[], bool]
    ) -> dict[str, np.ndarray]:
        """The vectors of the rest and of the sentences of the first texts; empty under high load."""
        sentences, cost = {rest: None}, searched.model.cost
        for text in texts:
            joined = sentences | dict.fromkeys(compared_sentences(text))
            if cost.seconds(len(joined), max(map(size_of, joined))) > PASSAGE_SECONDS:
                break
            sentences = joined
        try:
            _, vectors = self._searches.vectors(list(sentences), caller, is_abandoned)
        except (OverloadError, TooLargeError):
            return {}
        return dict(zip(sentences, vectors, strict=True))
