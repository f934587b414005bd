"""The paths and JSON schemas of a classifier whose inputs are others than a text alone."""

from typing import Any

from api.endpoints.classification_schemas import answers, label_of
from api.endpoints.schema_parts import ASKING, JUDGING, STRING, list_of, open_post
from api.model.model import Model
from api.settings import Settings
from textlab.inputs import kind_of

TEXT_EXAMPLE = "blue cup"
ONE_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC"  # a PNG


def paths() -> dict[str, Any]:
    """The paths that only such a classifier answers."""
    summary = "Report the right label of a prediction or of an example"
    return {
        "/predict": open_post(
            "predict", "Classify one example or several", "Examples", "Answers", ASKING, "ExampleForm"
        ),
        "/feedback": open_post("feedback", summary, "ExampleFeedback", "FeedbackTaken", JUDGING, "ExampleFeedbackForm"),
    }


def schemas(settings: Settings, model: Model) -> dict[str, Any]:
    """The schemas by name, with the limits of `settings`, and the inputs and classes of the model."""
    fields = {name: _value(settings, name) for name in model.inputs}
    parts = {name: _part(settings, name) for name in model.inputs}
    judgement = {"prediction_id": STRING, "label": label_of(model)}
    one = {"$ref": "#/components/schemas/Example"}
    several = list_of(one) | {
        "minItems": 1,
        "maxItems": settings.max_texts,
        "description": f"They hold at most {settings.max_pictures} pictures together.",
    }
    return {
        "Example": _some_of(fields) | {"description": "A missing field or null stands for a missing value."},
        "Examples": {"oneOf": [one, _closed({"examples": several}, ["examples"])]},
        "ExampleForm": _some_of(parts),
        "ExampleFeedback": _judged(fields, judgement)
        | {
            "description": "The right label of a prediction. An example beside a prediction_id must be the one that "
            "was classified. Feedback on an example alone judges the model's present prediction for it."
        },
        "ExampleFeedbackForm": _judged(parts, judgement),
    } | answers()


def _some_of(fields: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object with at least one of these members."""
    return _closed(fields) | {"anyOf": [{"required": [name]} for name in fields]}


def _judged(fields: dict[str, Any], judgement: dict[str, Any]) -> dict[str, Any]:
    named = [{"required": [name]} for name in (*fields, "prediction_id")]
    return _closed(fields | judgement, ["label"]) | {"anyOf": named}


def _closed(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required or [], "additionalProperties": False}


def _value(settings: Settings, name: str) -> dict[str, Any]:
    """The schema of a value in JSON."""
    kind = kind_of(name)
    if not kind.is_binary:
        return {"type": ["string", "null"], "maxLength": settings.max_characters, "examples": [TEXT_EXAMPLE]}
    return {
        "type": ["string", "null"],
        "contentEncoding": "base64",
        "contentMediaType": kind.media_types[0],
        "description": f"A {kind.name} ({', '.join(kind.media_types)}) in base64. {_limits(settings)}",
        "examples": [ONE_PIXEL],
    }


def _part(settings: Settings, name: str) -> dict[str, Any]:
    """The schema of a value in a form."""
    kind = kind_of(name)
    if not kind.is_binary:
        return STRING | {"maxLength": settings.max_characters, "examples": [TEXT_EXAMPLE]}
    return {
        "type": "string",
        "format": "binary",  # Swagger UI offers a file for it
        "description": f"A file ({', '.join(kind.media_types)}). {_limits(settings)}",
    }


def _limits(settings: Settings) -> str:
    return f"At most {settings.max_picture_bytes:,} bytes and {settings.max_picture_pixels:,} pixels."
