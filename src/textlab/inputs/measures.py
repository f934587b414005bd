"""Numbers about a value that do not show it: what monitoring compares of values that cannot be read as words."""

import base64
from typing import Any, NamedTuple

UNREADABLE = "unreadable"
PICTURE_TRAITS = (
    *("width", "height", "aspect ratio", "kilobytes", "bits per pixel"),
    *("brightness", "contrast", "saturation", "share of white", "edges", "entropy"),
)


class Measures(NamedTuple):
    """The measures of one value.

    Attributes:
        form: the way it is encoded, such as "PNG"; UNREADABLE if it could not be decoded.
        traits: numbers that people understand, by name; {} if it could not be decoded.
        embedding: a coarse description for a classifier, each byte a number; b"" if it could not be decoded.
    """

    form: str
    traits: dict[str, float]
    embedding: bytes


def recorded_measures(measures: Measures, identity: str, in_full: bool) -> dict[str, Any]:
    """Return measures for a line of recorded traffic; with the identity and the embedding only if `in_full`."""
    line: dict[str, Any] = {"form": measures.form, "traits": measures.traits}
    if in_full:
        line |= {"sha256": identity, "embedding": base64.b64encode(measures.embedding).decode()}
    return line
