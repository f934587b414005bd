"""Reading free-text requests into conditions and a rest: by rules, or by another reader that the operator plugs in.

A reader is any callable of the type `RequestReader`, such as one that asks a language model. The setting
TEXTLAB_API_REQUEST_READER=module:name names it. Without the setting no such code is imported or called.
"""

import importlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from threading import BoundedSemaphore
from typing import Protocol

from api.model.retriever import Retriever
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.settings import SettingsError, variable
from api.waiting import in_thread
from textlab.search.conditions import Request
from textlab.search.fields import FieldKind

logger = logging.getLogger("textlab_api")

MOST_READINGS = 4  # at once in a worker; each occupies one of the few threads that feedback and metrics need, too
TASK = "request reader"  # the name under which its errors are counted


class RequestReader(Protocol):
    """Reads a request. It may be slow, and several threads may call it at once."""

    def __call__(
        self, text: str, fields: Mapping[str, FieldKind], field_values: Callable[[str], Sequence[str]]
    ) -> Request:
        """Read the conditions in a request.

        Args:
            text: the request.
            fields: the fields of the documents, and their kinds.
            field_values: returns the values of a field of words.
        """
        ...


class RequestReading:
    """Reads requests with the reader of the settings. Where it fails or is busy, the rules read instead.

    Args:
        reader: `module:name`, or "" for the rules alone.
        longest: maximum number of characters of a rest.
        metrics, telemetry: count its errors.

    Raises:
        SettingsError: the reader cannot be imported.
    """

    def __init__(self, reader: str, longest: int, metrics: Metrics, telemetry: Telemetry) -> None:
        self._longest = longest
        self._metrics, self._telemetry = metrics, telemetry
        self._reader = _imported(reader) if reader else None
        self._readings = BoundedSemaphore(MOST_READINGS)

    def read(self, text: str, model: Retriever) -> Request:
        """Read a request about the documents of a model."""
        if self._reader is not None and self._readings.acquire(blocking=False):
            try:
                return in_thread(self._checked, self._reader, text, model)
            except Exception as error:  # noqa: BLE001  whatever the reader does, the request gets an answer
                self._metrics.count_error(TASK)
                self._telemetry.failure(error)
                fields = {"error": type(error).__name__}  # its message may quote the request
                logger.warning("the request reader failed; rules read the request", extra={"fields": fields})
            finally:
                self._readings.release()
        return model.conditions.read(text)

    def _checked(self, reader: RequestReader, text: str, model: Retriever) -> Request:
        """The request as the reader read it, if a search can use it and JSON can hold it."""
        request = _call(reader, text, model)
        if not isinstance(request, Request) or not 1 <= len(request.rest.strip()) <= self._longest:
            raise TypeError("the reader did not return a request with a rest that can be searched for")
        model.filters(request.filters)  # raises FilterError unless they can be used
        shown = [request.rest, [vars(each) for each in request.understood], list(request.unclear)]
        json.dumps(shown, ensure_ascii=False, allow_nan=False).encode("utf-8")
        return request


def _call(reader: RequestReader, text: str, model: Retriever) -> Request:
    return reader(text, model.index.settings.fields, model.field_values)


def _imported(reader: str) -> RequestReader:
    module, _, name = reader.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"{variable('request_reader')} names {reader}, which cannot be imported ({type(error).__name__}). "
            "Name a function as module:name, in a module that the service can import."
        ) from error
    if not callable(found):
        raise SettingsError(
            f"{variable('request_reader')} names {reader}, which cannot be called. Name a function as module:name."
        )
    return found
