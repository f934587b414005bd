"""Feedback on a retriever: whether a document that a search found fits."""

from typing import Any

from api.context import current
from api.endpoints.bodies import fields_of, json_object, kind_of_value, unprocessable
from api.serving.service import Service
from api.waiting import in_thread

FIELDS = {"search_id", "document", "fits"}


def judge_fit(service: Service) -> dict[str, Any]:
    """Take whether a document fits the search that found it."""
    context, feedback, document = current(), service.retrieval.feedback, json_object()
    if document.keys() != FIELDS:
        raise unprocessable(fields_of(document), 'Send exactly the fields "search_id", "document" and "fits".')
    found, fits = document["document"], document["fits"]
    if not isinstance(found, str):
        raise unprocessable(f'"document" is {kind_of_value(found)}, not a string.', "Send the id of a found document.")
    if not isinstance(fits, bool):
        raise unprocessable(f'"fits" is {kind_of_value(fits)}, not a boolean.', "Send true or false.")
    search = feedback.find(document["search_id"], found)
    verdict = in_thread(feedback.take, search, found, fits, context.caller or "")
    context.log_fields = {"feedback": verdict, "model": search.model, "version": search.version}
    return {
        "status": verdict,
        "document": found,
        "model": {"name": search.model, "version": search.version},
        "request_id": context.request_id,
    }
