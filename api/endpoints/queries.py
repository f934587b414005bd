"""The number of documents and the filters in the body of a search."""

from typing import Any

from api.endpoints.bodies import kind_of_value, unprocessable
from api.model.retriever import DEFAULT_HITS

MOST_HITS = 100
MOST_FILTERED = 100  # values in all filters of a request; each is compared with every document


def checked_k(document: dict[str, Any]) -> int:
    """The number of documents that a request asks for.

    Raises:
        Problem: 422 for anything but a whole number from 1 to MOST_HITS.
    """
    k = document.get("k", DEFAULT_HITS)
    action = f"Send a whole number from 1 to {MOST_HITS}."
    if isinstance(k, bool) or not isinstance(k, int | float):
        raise unprocessable(f'"k" is {kind_of_value(k)}, not a number.', action)
    if not 1 <= k <= MOST_HITS or k != int(k):
        raise unprocessable(f'"k" is not a whole number from 1 to {MOST_HITS}.', action)
    return int(k)


def checked_filters(document: dict[str, Any]) -> dict[str, Any] | None:
    """The filters of a request, None for none. Their fields and values are checked when the model is known.

    Raises:
        Problem: 422 for anything but an object, and for too many values.
    """
    filters = document.get("filters", {})
    if not isinstance(filters, dict):
        raise unprocessable(
            f'"filters" is {kind_of_value(filters)}, not an object.', "Send a value for each field to filter by."
        )
    parts = [part for value in filters.values() for part in (value.values() if isinstance(value, dict) else [value])]
    count = sum(len(part) if isinstance(part, list) else 1 for part in parts)
    if count > MOST_FILTERED:
        raise unprocessable(
            f'"filters" holds {count:,} values.', f"Send at most {MOST_FILTERED} values in all filters."
        )
    return filters or None
