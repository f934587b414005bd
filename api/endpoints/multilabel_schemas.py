"""The paths and JSON schemas of a model for several labels per text."""

from typing import Any

from api.endpoints import classification_schemas
from api.endpoints.classification_schemas import EXAMPLE, TRUNCATED, label_of
from api.endpoints.schema_parts import MODEL, NUMBER, STRING, list_of, object_of, text
from api.model.model import Model
from api.settings import Settings

SHARE = NUMBER | {"minimum": 0, "maximum": 1}
OF_LABELS = {"type": "object", "additionalProperties": SHARE}
FACTS = classification_schemas.FACTS | {"thresholds": OF_LABELS}


def paths() -> dict[str, Any]:
    """The paths that such a model answers."""
    paths = classification_schemas.paths()
    paths["/predict"]["post"]["summary"] = "Find the labels of one text or several"
    paths["/feedback"]["post"]["summary"] = "Report all right labels of a prediction or of a text"
    return paths


def schemas(settings: Settings, model: Model) -> dict[str, Any]:
    """The schemas by name, with the limits of `settings` and the labels of the model."""
    one, labels = text(settings, EXAMPLE), list_of(label_of(model)) | {"uniqueItems": True}
    prediction = object_of(prediction_id=STRING, labels=list_of(STRING), probabilities=OF_LABELS)
    prediction["description"] = (
        "The labels whose probabilities reach their thresholds, which GET /models/info lists. Each label has a "
        "probability of its own, so they need not sum to one; labels may be empty."
    )
    prediction["properties"]["truncated"] = TRUNCATED
    explanation = classification_schemas.explanation()
    explanation["description"] = (
        "base + the contributions of all words + remainder = score. The score is ln(p / (1 - p)) of the label "
        "(log_odds), or its probability (probability). start and end count code points of the text."
    )
    return classification_schemas.schemas(settings, model) | {
        "Explanation": explanation,
        "Feedback": {
            "description": "All right labels of a prediction, [] for none. A text beside a prediction_id must be "
            "the one that was classified. Feedback on a text alone judges the model's present prediction for it.",
            "oneOf": [
                object_of(prediction_id=STRING, labels=labels),
                object_of(text=one, labels=labels),
                object_of(prediction_id=STRING, text=one, labels=labels),
            ],
        },
        "Answers": object_of(predictions=list_of(prediction), model=MODEL, request_id=STRING),
        "FeedbackTaken": object_of(
            status={"enum": ["confirmed", "rejected"]},
            labels=list_of(STRING),
            predicted=list_of(STRING),
            model=MODEL,
            request_id=STRING,
        ),
    }
