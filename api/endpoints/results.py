"""Found documents and people, as the answers of the API show them, so that a person can judge them."""

from collections.abc import Sequence
from typing import Any

from api.serving.searches import Result
from textlab.search.conditions import Request

SHOWN_CHARACTERS = 2000  # longest text of a document in an answer
DIGITS = 6


def result(found: Result) -> dict[str, Any]:
    """A found document. A long text is cut at a blank, and the answer says so."""
    document = found.document
    text = _shortened(document.text)
    return {
        "id": document.id,
        "title": document.title,
        "text": text,
        "is_shortened": len(text) < len(document.text),
        "fields": dict(document.fields),
        "score": round(found.score, DIGITS),
    }


def person(found: Result, request: Request, passages: Sequence[str]) -> dict[str, Any]:
    """A found person, with the conditions that the person meets and the passages that match the request best.

    Conditions filter, so every found person meets all of them. `value` comes from the profile.
    """
    fields = found.document.fields
    return result(found) | {
        "meets": [
            {"field": each.field, "text": each.text, "value": fields.get(each.field)} for each in request.understood
        ],
        "passages": list(passages),
    }


def _shortened(text: str) -> str:
    if len(text) <= SHOWN_CHARACTERS:
        return text
    cut = text.rfind(" ", 1, SHOWN_CHARACTERS + 1)
    return text[: cut if cut > 0 else SHOWN_CHARACTERS]
