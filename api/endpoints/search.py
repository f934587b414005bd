"""POST /search, POST /agent_search and POST /predict/similarity: find documents, and compare texts."""

import json
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app

from api.access.guard import needs
from api.context import current
from api.endpoints.bodies import checked_text, checked_texts, fields_of, json_object, unprocessable
from api.endpoints.departure import client_has_left
from api.endpoints.queries import checked_filters, checked_k
from api.endpoints.results import person, result
from api.serving.searches import Searched
from api.serving.service import service_of
from textlab.search.conditions import Request

blueprint = Blueprint("search", __name__)

ENCODER = json.JSONEncoder(ensure_ascii=False)
DIGITS = 6


@blueprint.post("/search")
@needs("predict", opened_by="open")
def search() -> Response:
    """Answer with the documents that match a query best, among those that pass the filters."""
    service, context = service_of(current_app), current()
    searches, document = service.retrieval.searches, json_object()
    if not {"query"} <= document.keys() <= {"query", "k", "filters"}:
        raise unprocessable(fields_of(document), 'Send "query", and if you like "k" and "filters".')
    query = checked_text(document["query"], "query", service.limits)
    k, filters = checked_k(document), checked_filters(document)
    departed = partial(client_has_left, context.request)
    searched = searches.search(query, k, filters, context.caller or "", departed)
    return _answer(searched, {"hits": [result(found) for found in searched.results]})


@blueprint.post("/agent_search")
@needs("predict", opened_by="open")
def agent_search() -> Response:
    """Read a free-text request into conditions and a rest, and answer with the people who meet them."""
    service, context = service_of(current_app), current()
    work, document = service.retrieval, json_object()
    if not {"request"} <= document.keys() <= {"request", "k"}:
        raise unprocessable(fields_of(document), 'Send "request", and if you like "k".')
    text, k = checked_text(document["request"], "request", service.limits), checked_k(document)
    departed, caller = partial(client_has_left, context.request), context.caller or ""
    searched, request, passages = work.requests.answer(text, k, caller, departed)
    people = [person(found, request, matching) for found, matching in zip(searched.results, passages, strict=True)]
    return _answer(searched, {"request": _as_understood(request), "people": people})


@blueprint.post("/predict/similarity")
@needs("predict", opened_by="open")
def similarity() -> Response:
    """Answer with the cosine of each pair of texts."""
    service, context = service_of(current_app), current()
    searches, document = service.retrieval.searches, json_object()
    if document.keys() != {"first", "second"}:
        raise unprocessable(fields_of(document), 'Send exactly two lists, "first" and "second".')
    first, second = (checked_texts(document[name], name, service.limits) for name in ("first", "second"))
    if len(first) != len(second):
        came = f'"first" holds {len(first)} and "second" {len(second)} texts.'
        raise unprocessable(came, "Send two lists of the same length.")
    departed = partial(client_has_left, context.request)
    model, cosines = searches.similarities(first, second, context.caller or "", departed)
    context.log_fields = {"texts": 2 * len(first), "model": model.name, "version": model.number}
    return _encoded(
        {
            "similarities": [round(cosine, DIGITS) for cosine in cosines],
            "model": {"name": model.name, "version": model.number},
            "request_id": context.request_id,
        }
    )


def _answer(searched: Searched, content: dict[str, Any]) -> Response:
    context, model = current(), searched.model
    context.log_fields = {"hits": len(searched.results), "model": model.name, "version": model.number}
    return _encoded(
        content
        | {
            "search_id": searched.id,
            "model": {"name": model.name, "version": model.number},
            "request_id": context.request_id,
        }
    )


def _as_understood(request: Request) -> dict[str, Any]:
    return {
        "understood": [{"field": each.field, "text": each.text, "value": each.value} for each in request.understood],
        "unclear": list(request.unclear),
        "rest": request.rest,
    }


def _encoded(document: dict[str, Any]) -> Response:
    return Response(ENCODER.encode(document), content_type="application/json")
