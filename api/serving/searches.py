"""Searches: queries are answered in batches, counted, and remembered for feedback."""

import dataclasses
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from api.model.retriever import Found, Query, Retriever
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.answering import Answering
from api.serving.batching import never
from api.serving.identifiers import new_identifiers
from api.serving.store import Prediction, Store
from textlab.search import Document, Hit
from textlab.search.passages import COMPARED


class NoVectorsError(RuntimeError):
    """The model searches by terms and has no vectors."""


class Result(NamedTuple):
    """A document that was found.

    Attributes:
        document: the document.
        score: its score, as the index of the model defines it.
    """

    document: Document
    score: float


class Searched(NamedTuple):
    """The answer to a search.

    Attributes:
        id: feedback names the search by it.
        model: the model that answered.
        results: the documents, best first.
    """

    id: str
    model: Retriever
    results: list[Result]


class Searches:
    """Searches with the champion, or with the canary for its share of the callers.

    Args:
        answering: calls the models.
        store: remembers the searches.
        metrics, telemetry: count them.
    """

    def __init__(self, answering: Answering, store: Store, metrics: Metrics, telemetry: Telemetry) -> None:
        self._answering, self._store = answering, store
        self._metrics, self._telemetry = metrics, telemetry

    def search(
        self,
        text: str,
        k: int,
        filters: Mapping[str, Any] | None = None,
        caller: str = "",
        is_abandoned: Callable[[], bool] = never,
        asked: str | None = None,
    ) -> Searched:
        """Find the k best documents that pass the filters, and remember the search.

        Args:
            text: the query.
            k: maximum number of documents.
            filters: the filters as JSON states them.
            caller: name of the caller.
            is_abandoned: returns whether the client has disconnected.
            asked: the text that is remembered, if a person asked another one than `text`.

        Raises:
            FilterError: the documents lack a field, or a value has another kind.
            TooLargeError, QueueFullError, TooLateError, InvalidAnswerError, EngineError: as `Answering.answer` does.
        """
        answered, rows = self._answering.answer([Query(text, k, filters)], caller, is_abandoned)
        model, found = cast(Retriever, answered), cast(Found, rows[0])
        if found.refusal is not None:
            raise found.refusal
        (identifier,) = new_identifiers(1)
        remembered = Remembered(text if asked is None else asked, [hit.id for hit in found.hits])
        self._store.remember([remembered.as_prediction(identifier, model)], caller)
        self._metrics.observe_search(len(found.hits), model.number)
        self._telemetry.search(len(found.hits), model.number)
        return Searched(identifier, model, [_result(model, hit) for hit in found.hits])

    def vectors(
        self, texts: Sequence[str], caller: str = "", is_abandoned: Callable[[], bool] = never
    ) -> tuple[Retriever, np.ndarray]:
        """The model that encoded n texts, and their unit vectors, float32 (n, d). Nothing is remembered.

        Raises:
            NoVectorsError: the model has no vectors.
            TooLargeError, QueueFullError, TooLateError, InvalidAnswerError, EngineError: as `Answering.answer` does.
        """
        answered, rows = self._answering.answer([Query(text) for text in texts], caller, is_abandoned)
        model = cast(Retriever, answered)
        if not model.has_vectors:
            raise NoVectorsError
        return model, np.stack([found.vector for found in rows])

    def similarities(
        self, first: Sequence[str], second: Sequence[str], caller: str = "", is_abandoned: Callable[[], bool] = never
    ) -> tuple[Retriever, list[float]]:
        """The model that encoded n pairs of texts, and the cosine of each pair.

        Raises:
            NoVectorsError, TooLargeError, QueueFullError, TooLateError: as `vectors` does.
            InvalidAnswerError, EngineError: as `vectors` does.
        """
        model, vectors = self.vectors([*first, *second], caller, is_abandoned)
        cosines = np.einsum("ij,ij->i", vectors[: len(first)], vectors[len(first) :])
        return model, np.clip(cosines, -1, 1).tolist()


class Remembered(NamedTuple):
    """A search, as the store remembers it. Its query and what it found are sealed together.

    Attributes:
        query: the text that a person searched for.
        found: the ids of the documents that were found, best first.
    """

    query: str
    found: list[str]

    def as_prediction(self, identifier: str, model: Retriever) -> Prediction:
        """The row of the store. It has no label."""
        text = json.dumps(self._asdict(), ensure_ascii=False)
        return Prediction(identifier, time.time(), model.name, model.number, "", text)

    @classmethod
    def of(cls, prediction: Prediction) -> "Remembered | None":
        """The search in a row of the store; None for a prediction of a classifier, which has a label."""
        return None if prediction.label else cls(**json.loads(prediction.text))


def _result(model: Retriever, hit: Hit) -> Result:
    """A found document with the part of its text that an answer needs: a hundred long ones would fill the memory."""
    document = model.index.document(hit.id)
    return Result(dataclasses.replace(document, text=document.text[:COMPARED]), hit.score)
