"""The token ids that a tokenizer.json adds around one text."""

from collections.abc import Mapping
from typing import Any

KINDS = ("BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing")
Ends = tuple[list[int], list[int]]


def ends(document: Mapping[str, Any] | None) -> Ends:
    """Return the ids before and after one text.

    Args:
        document: the post-processor of a tokenizer.json.

    Raises:
        ValueError: the graph does not know its type, or it does more than put tokens around a text.
    """
    check_post_processor(document)
    if document is None or document["type"] == "ByteLevel":  # its offsets are of no interest here
        return [], []
    kind = document["type"]
    if kind in ("BertProcessing", "RobertaProcessing"):
        return [document["cls"][1]], [document["sep"][1]]
    if kind == "TemplateProcessing":
        return _template(document)
    before: list[int] = []
    after: list[int] = []
    for part in document["processors"]:
        first, last = ends(part)
        before, after = first + before, after + last
    return before, after


def check_post_processor(document: Mapping[str, Any] | None) -> None:
    """Raise ValueError if the graph does not know the type of a post-processor."""
    kind = document.get("type") if isinstance(document, Mapping) else document
    if document is not None and kind not in KINDS:
        raise ValueError(
            f"The tokenizer has the post-processor {kind}, which the graph cannot reproduce. Choose a "
            f"checkpoint whose tokenizer has one of: {', '.join(KINDS)}."
        )


def _template(document: Mapping[str, Any]) -> Ends:
    parts = document["single"]
    places = [number for number, part in enumerate(parts) if "Sequence" in part]
    if [parts[place]["Sequence"]["id"] for place in places] != ["A"]:
        raise ValueError(
            "The tokenizer's template for one text must name the text A once. Correct `single` of the post-processor."
        )
    types = {next(iter(part.values()))["type_id"] for part in parts}
    if types != {0}:
        raise ValueError(
            f"The tokenizer's template gives tokens of one text the types {sorted(types)}, and the graph knows the "
            "type 0 alone. Choose a checkpoint whose tokenizer gives one text a single type."
        )
    unknown = [part["SpecialToken"]["id"] for part in parts if "SpecialToken" in part]
    unknown = [name for name in unknown if name not in document["special_tokens"]]
    if unknown:
        raise ValueError(
            f"The tokenizer's template names the token {unknown[0]!r}, which its special_tokens lack. Correct "
            "`special_tokens` of the post-processor."
        )

    def ids(some: list[Mapping[str, Any]]) -> list[int]:
        return [number for part in some for number in document["special_tokens"][part["SpecialToken"]["id"]]["ids"]]

    return ids(parts[: places[0]]), ids(parts[places[0] + 1 :])
