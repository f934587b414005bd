"""Requests of a model whose inputs are others than a text alone: predictions for examples, and feedback on them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, cast

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from api.context import current
from api.endpoints.bodies import body_of, fields_of, unprocessable, wrong_type
from api.endpoints.departure import client_has_left
from api.endpoints.example_bodies import REQUEST, ExampleReader
from api.endpoints.label_feedback import FEEDBACK_FIELDS, checked_label, judged
from api.model.examples import Example
from api.problems import Problem
from api.serving.predictions import Answered
from api.serving.service import Service
from api.serving.tasks import ExampleClassification
from api.waiting import in_thread
from textlab.inputs import kind_of

JSON, FORM = "application/json", "multipart/form-data"
ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")  # an ASCII letter as JSON may, but no encoder does, write it
Read = TypeVar("Read")


def predict_examples(service: Service) -> Answered:
    """Classify the examples of the request."""
    work, context = _work(service), current()
    with _body_read(service, lambda reader, body, boundary: reader.examples(reader.fields(body, boundary))) as examples:
        departed = partial(client_has_left, context.request)
        return work.predictions.predict(examples, context.caller or "", departed)


def judge_example(service: Service) -> dict[str, Any]:
    """Take the right label of a prediction that an id names, of an example, or of both if they belong together."""
    work, caller = _work(service), current().caller or ""
    with _body_read(service, partial(_judgement, names=service.model.shared_values)) as (label, identifier, example):
        if identifier is None:
            prediction = work.predictions.unnamed(example, caller)
        else:
            prediction = work.feedback.find(identifier, None if example is None else example.remembered)
        return judged(in_thread(work.feedback.take, prediction, label, caller, example), label)


def _judgement(
    reader: ExampleReader, body: bytes, boundary: str | None, names: tuple[str, ...]
) -> tuple[str, Any, Example | None]:
    """The label, the id of a prediction and the example in a body of feedback."""
    fields = reader.fields(body, boundary, len(FEEDBACK_FIELDS))
    if "label" not in fields or len(fields) == 1:
        raise unprocessable(
            fields_of(fields, REQUEST), 'Send "label" together with "prediction_id", an example or both.'
        )
    label = checked_label(fields["label"], names)
    values = {name: value for name, value in fields.items() if name not in FEEDBACK_FIELDS}
    example = reader.example(values) if values else None
    return label, fields.get("prediction_id"), example


@contextmanager
def _body_read(service: Service, read: Callable[[ExampleReader, bytes, str | None], Read]) -> Iterator[Read]:
    """Read the body in another thread, and yield the result. The body takes room until the request is answered.

    Raises:
        Problem: 415 for a type that is neither JSON nor a form, and those of `read`.
        QueueFullError: other requests leave no room.
    """
    context, work = current(), _work(service)
    request = context.request
    if request.mimetype not in (JSON, FORM):
        raise wrong_type(request, f"Send {JSON} or {FORM}, and say so in the header Content-Type.")
    boundary = request.mimetype_params.get("boundary", "") if request.mimetype == FORM else None
    body = _body_within_limit(request)
    with work.room.taken(len(body)):
        check_time = work.room.time_check(partial(client_has_left, request))
        reader = ExampleReader(work.inputs, service.limits, check_time)
        if boundary is None and len(body) <= service.settings.max_body_bytes and not may_name(body, work.inputs):
            found = work.room.read_quickly(read, reader, body, boundary)
        else:
            found = work.room.read(context.caller or "", read, reader, body, boundary)
        with work.room.taken(reader.grown_bytes):
            yield found


def may_name(body: bytes, inputs: tuple[str, ...]) -> bool:
    """Return whether some JSON may hold a value that takes long to decode: it names its input, or hides its letters."""
    names = [name.encode() for name in inputs if kind_of(name).is_binary]
    return any(name in body for name in names) or ESCAPED_LETTER.search(body) is not None


def _body_within_limit(request: Request) -> bytes:
    try:
        return body_of(request)
    except RequestEntityTooLarge:
        raise Problem(413, "The request body is too large.", "Send fewer or smaller pictures per request.") from None


def _work(service: Service) -> ExampleClassification:
    return cast(ExampleClassification, service.classification)
