"""The paths and JSON schemas of a classifier."""

from typing import Any

from api.endpoints.schema_parts import (
    ASKING,
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
from api.settings import Settings
from textlab.bundle_format.decisions import ABSTAIN
from textlab.bundle_format.signature import EXPLAINED

EXAMPLE = "what a lovely crew"
TRUNCATED = {
    "const": True,
    "description": "The text is longer than the model reads, and its end was left out. Otherwise, this member is "
    "missing.",
}
FACTS = {"label_names": list_of(STRING), "inputs": list_of(object_of(name=STRING, kind=STRING))}


def paths() -> dict[str, Any]:
    """The paths that only a classifier answers."""
    summary = "Report the right label of a prediction or of a text"
    return {
        "/predict": open_post("predict", "Classify one text or several", "Question", "Answers", ASKING),
        "/explain": open_post(
            "explain",
            "Tell which words of a text speak for and against a class",
            "ExplanationRequest",
            "Explanation",
            [400, 401, 403, 409, 413, 415, 421, 422, 429, 500, 503],
        ),
        "/feedback": open_post("feedback", summary, "Feedback", "FeedbackTaken", JUDGING),
    }


def schemas(settings: Settings, model: Model) -> dict[str, Any]:
    """The schemas by name, with the limits of `settings` and the classes of the model."""
    one, label = text(settings, EXAMPLE), label_of(model)
    return {
        "Question": {"oneOf": [object_of(text=one), object_of(texts=texts(settings, EXAMPLE))]},
        "ExplanationRequest": {
            "oneOf": [object_of(text=one), object_of(text=one, label=label)],
            "description": "A text, and the class to explain. Without a label, it is the predicted class.",
        },
        "Explanation": explanation(),
        "Feedback": {
            "description": "The right label of a prediction. A text beside a prediction_id must be the text that was "
            "classified. Feedback on a text alone judges the model's present prediction for it.",
            "oneOf": [
                object_of(prediction_id=STRING, label=label),
                object_of(text=one, label=label),
                object_of(prediction_id=STRING, text=one, label=label),
            ],
        },
    } | answers()


def label_of(model: Model) -> dict[str, Any]:
    """The schema of a label of the model."""
    return STRING | {"enum": list(model.shared_values)}


def explanation() -> dict[str, Any]:
    """The schema of the answer of /explain."""
    place = {"type": "integer", "minimum": 0}
    word = object_of(word=STRING, start=place, end=place, contribution=NUMBER)
    schema = object_of(
        label=STRING,
        probability=NUMBER | {"minimum": 0, "maximum": 1},
        unit={"enum": list(EXPLAINED)},
        score=NUMBER,
        base=NUMBER,
        remainder=NUMBER,
        words=list_of(word),
        model=MODEL,
        request_id=STRING,
    )
    schema["description"] = (
        "base + the contributions of all words + remainder = score. The score is that of the model before its "
        "calibration: the mean of ln(p of the label / p of another label) over the other labels (log_odds), or the "
        "label's probability (probability). start and end count code points of the text."
    )
    schema["properties"]["truncated"] = TRUNCATED
    return schema


def answers() -> dict[str, Any]:
    """The schemas of the answers to questions and to feedback."""
    share = NUMBER | {"minimum": 0, "maximum": 1}
    prediction = object_of(
        prediction_id=STRING, label=STRING, probabilities={"type": "object", "additionalProperties": share}
    )
    prediction["properties"]["decision"] = STRING | {
        "description": f'What the model\'s rules decide: a class, or "{ABSTAIN}", which leaves the text to a person. A '
        "model without rules has no decisions; then this member is missing.",
    }
    prediction["properties"]["prediction_set"] = list_of(STRING) | {
        "description": "The classes that are plausible at the coverage that was stated for the model. A model without "
        "stated coverage has no sets; then this member is missing.",
    }
    prediction["properties"]["truncated"] = TRUNCATED
    return {
        "Answers": object_of(predictions=list_of(prediction), model=MODEL, request_id=STRING),
        "FeedbackTaken": object_of(
            status={"enum": ["confirmed", "rejected"]}, label=STRING, predicted=STRING, model=MODEL, request_id=STRING
        ),
    }
