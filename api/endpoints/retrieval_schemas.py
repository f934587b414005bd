"""The paths and JSON schemas of a retriever."""

from typing import Any, cast

from api.endpoints.queries import MOST_FILTERED, MOST_HITS
from api.endpoints.schema_parts import (
    ASKING,
    BOOLEAN,
    INTEGER,
    JUDGING,
    MODEL,
    NUMBER,
    STRING,
    list_of,
    object_of,
    open_post,
    text,
    texts,
)
from api.model.model import Model
from api.model.retriever import DEFAULT_HITS, Retriever
from api.settings import Settings
from textlab.search import FieldKind

EXAMPLE = "writes scrapers and keeps data pipelines alive"
REQUEST = "Python developer in Berlin with at least five years, who scrapes websites"
FACTS = {
    "documents": INTEGER,
    "dimension": INTEGER | {"description": "Numbers of a vector; 0 for a model that compares words alone."},
    "fields": {"type": "object", "additionalProperties": STRING},
}


def paths() -> dict[str, Any]:
    """The paths that only a retriever answers."""
    comparing = sorted([*ASKING, 409])
    return {
        "/search": open_post("search", "Find the documents that match a query best", "Query", "Hits", ASKING),
        "/agent_search": open_post(
            "agent_search", "Find people by a free-text request, with its conditions", "Request", "People", ASKING
        ),
        "/predict/similarity": open_post(
            "similarity", "Compare pairs of texts by the cosine of their vectors", "Pairs", "Similarities", comparing
        ),
        "/feedback": open_post("feedback", "Report whether a found document fits", "Fit", "FitTaken", JUDGING),
    }


def schemas(settings: Settings, model: Model) -> dict[str, Any]:
    """The schemas by name, with the limits of `settings` and the fields of the model's documents."""
    fields = cast(Retriever, model).index.settings.fields
    k = INTEGER | {"minimum": 1, "maximum": MOST_HITS, "default": DEFAULT_HITS}
    filters = object_of(**{name: _filter(kind) for name, kind in fields.items()}) | {"required": []}
    document = {
        "id": STRING,
        "title": STRING,
        "text": STRING,
        "is_shortened": BOOLEAN,
        "fields": {"type": "object"},
        "score": NUMBER,
    }
    condition: dict[str, Any] = {"field": STRING, "text": STRING, "value": {}}
    understood = object_of(understood=list_of(object_of(**condition)), unclear=list_of(STRING), rest=STRING)
    person = object_of(**document, meets=list_of(object_of(**condition)), passages=list_of(STRING))
    found: dict[str, Any] = {"search_id": STRING, "model": MODEL, "request_id": STRING}
    return {
        "Query": object_of(query=text(settings, EXAMPLE), k=k, filters=filters) | {"required": ["query"]},
        "Hits": object_of(hits=list_of(object_of(**document)), **found),
        "Request": object_of(request=text(settings, REQUEST), k=k) | {"required": ["request"]},
        "People": object_of(request=understood, people=list_of(person), **found),
        "Pairs": object_of(first=texts(settings, EXAMPLE), second=texts(settings, EXAMPLE))
        | {"description": "Two lists of the same length."},
        "Similarities": object_of(
            similarities=list_of(NUMBER | {"minimum": -1, "maximum": 1}), model=MODEL, request_id=STRING
        ),
        "Fit": object_of(search_id=STRING, document=STRING, fits=BOOLEAN),
        "FitTaken": object_of(
            status={"enum": ["fits", "does_not_fit"]}, document=STRING, model=MODEL, request_id=STRING
        ),
    }


def _filter(kind: FieldKind) -> dict[str, Any]:
    """The schema of a filter on a field of this kind."""
    word = STRING | {"minLength": 1}
    some = list_of(word) | {"minItems": 1, "maxItems": MOST_FILTERED}
    if kind is FieldKind.NUMBER:
        ends = {"min": NUMBER, "max": NUMBER}
        return object_of(**ends) | {"required": [], "minProperties": 1, "description": "A range, ends included."}
    if kind is FieldKind.WORD:
        return {"oneOf": [word, some], "description": "The word, or one of the words."}
    words = {"oneOf": [word, some]}
    choice = object_of(all=words, any=words) | {"required": [], "minProperties": 1}
    return {"oneOf": [word, some, choice], "description": "All of the words; with `any`, at least one of them."}
