"""The JSON schemas of the API's requests and answers."""

from collections.abc import Sequence
from typing import Any

from api.settings import Settings

# The characters for which Python's str.isspace is true. Regular expressions disagree about the meaning of \s.
BLANK = r"\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def schemas(settings: Settings, label_names: Sequence[str]) -> dict[str, Any]:
    """The schemas by name, with the limits of `settings` and the classes of the model."""
    # Not blank, and without NUL. The pattern states this for tools that generate requests.
    text = {
        "type": "string",
        "minLength": 1,
        "maxLength": settings.max_characters,
        "pattern": rf"^[^\u0000]*[^\u0000{BLANK}][^\u0000]*$",
        "examples": ["what a lovely crew"],
    }
    label = {"type": "string", "enum": list(label_names)}
    string, number, integer = {"type": "string"}, {"type": "number"}, {"type": "integer"}
    model = {"$ref": "#/components/schemas/Model"}
    failed = {"type": "boolean", "description": "Whether the version failed and was switched off."}
    percent = {"type": "integer", "minimum": 0, "maximum": 100}
    canary = _object(version=integer, percent=percent, failed=failed) | {"type": ["object", "null"]}
    shadow = _object(version=integer, failed=failed) | {"type": ["object", "null"]}
    share = {"type": "number", "minimum": 0, "maximum": 1}
    prediction = _object(
        prediction_id=string, label=string, probabilities={"type": "object", "additionalProperties": share}
    )
    texts = {"type": "array", "items": text, "minItems": 1, "maxItems": settings.max_texts}
    return {
        "Question": {"oneOf": [_object(text=text), _object(texts=texts)]},
        "Answers": _object(predictions={"type": "array", "items": prediction}, model=model, request_id=string),
        "Feedback": {
            "description": "The right label of a prediction. A text beside a prediction_id must be the text that was "
            "classified. Feedback on a text alone judges the model's present prediction for it.",
            "oneOf": [
                _object(prediction_id=string, label=label),
                _object(text=text, label=label),
                _object(prediction_id=string, text=text, label=label),
            ],
        },
        "FeedbackTaken": _object(
            status={"enum": ["confirmed", "rejected"]}, label=string, predicted=string, model=model, request_id=string
        ),
        "Model": _object(name=string, version=integer),
        "Loaded": _object(model=model, before=integer, workers=integer, seconds=number),
        "Deployed": _object(model=model, canary=canary, shadow=shadow, workers=integer),
        "Info": _object(
            name=string,
            version=integer,
            label_names={"type": "array", "items": string},
            manifest_sha256=string,
            loaded_at=number,
            card={"type": "object"},
            versions={"type": "array", "items": integer},
            canary=canary,
            shadow=shadow,
        ),
        "Health": _object(
            status={"enum": ["ready", "degraded"]},
            reasons={"type": "array", "items": string},
            model=model,
            uptime_seconds=number,
            texts_waiting=integer,
            workers=integer,
            expected_workers=integer,
        ),
        "Live": _object(status=string),
        "Ready": _object(status=string, model=model),
        "Problem": _object(
            type=string, title=string, status=integer, detail=string, came=string, action=string, request_id=string
        ),
    }


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
