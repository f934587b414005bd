"""GET /openapi.json: what the service takes and gives, in OpenAPI 3.1."""

from typing import Any

from flask import Blueprint, current_app

from api.serving.service import Service, of

blueprint = Blueprint("openapi", __name__)

VERSION = "1.0.0"
DESCRIPTION = "Texts in, probabilities of classes out. A problem says what came, what was expected, and what to do."
# What Python's str.isspace says yes to; \s means something else in every dialect of patterns.
BLANK = r"\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


@blueprint.get("/openapi.json")
def document() -> dict[str, Any]:
    """The document, with the limits and classes of this service."""
    service = of(current_app)
    return {
        "openapi": "3.1.0",
        "info": {"title": "textlab predictions", "version": VERSION, "description": DESCRIPTION},
        "paths": _paths(),
        "components": {
            "schemas": _schemas(service),
            "responses": {"Problem": _answer("Why not: what came, what was expected, what to do.", "Problem", True)},
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _paths() -> dict[str, Any]:
    anyone: list[dict[str, list[str]]] = [{}, {"key": []}, {"token": []}]
    admin: list[dict[str, list[str]]] = [{"key": []}, {"token": []}]
    version = {
        "name": "version",
        "in": "path",
        "required": True,
        "description": "A number, champion or previous.",
        "schema": {"type": "string", "pattern": "^(champion|previous|[1-9][0-9]{0,8})$"},
    }
    return {
        "/predict": {
            "post": {
                "operationId": "predict",
                "summary": "Probabilities of one text or several",
                "security": anyone,
                "requestBody": _body("Question"),
                "responses": _responses("Answers", [400, 401, 403, 413, 415, 422, 429, 503]),
            }
        },
        "/feedback": {
            "post": {
                "operationId": "feedback",
                "summary": "The right label of a prediction or of a text",
                "security": anyone,
                "requestBody": _body("Feedback"),
                "responses": _responses("FeedbackTaken", [400, 401, 403, 404, 409, 413, 415, 422, 429, 503]),
            }
        },
        "/models/load/{version}": {
            "post": {
                "operationId": "load",
                "summary": "Take a version into service, in all workers at once",
                "security": admin,
                "parameters": [version],
                "responses": _responses("Loaded", [401, 403, 404, 409, 422, 429]),
            }
        },
        "/models/info": {"get": _reading("info", "The model that answers", "Info")},
        "/health": {"get": _reading("health", "What is served, since when, how much waits", "Health")},
        "/health/live": {"get": _reading("live", "The process answers", "Status")},
        "/health/ready": {"get": _reading("ready", "A model has answered its warm-up texts", "Status")},
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "Numbers for Prometheus",
                "security": admin,
                "responses": {
                    "200": {"description": "Text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}
                }
                | _problems([401, 403, 429]),
            }
        },
    }


def _schemas(service: Service) -> dict[str, Any]:
    settings = service.settings
    # Not blank, no NUL, no half of a surrogate pair; a pattern says it to those who generate requests.
    text = {
        "type": "string",
        "minLength": 1,
        "maxLength": settings.max_characters,
        "pattern": rf"^[^\u0000]*[^\u0000{BLANK}][^\u0000]*$",
        "examples": ["what a lovely crew"],
    }
    label = {"type": "string", "enum": list(service.model.label_names)}
    string, number, integer = {"type": "string"}, {"type": "number"}, {"type": "integer"}
    model = {"$ref": "#/components/schemas/Model"}
    share = {"type": "number", "minimum": 0, "maximum": 1}
    prediction = _object(
        prediction_id=string, label=string, probabilities={"type": "object", "additionalProperties": share}
    )
    texts = {"type": "array", "items": text, "minItems": 1, "maxItems": settings.max_texts}
    return {
        "Question": {"oneOf": [_object(text=text), _object(texts=texts)]},
        "Answers": _object(predictions={"type": "array", "items": prediction}, model=model, request_id=string),
        "Feedback": {"oneOf": [_object(prediction_id=string, label=label), _object(text=text, label=label)]},
        "FeedbackTaken": _object(
            status={"enum": ["confirmed", "rejected"]}, label=string, predicted=string, model=model, request_id=string
        ),
        "Model": _object(name=string, version=integer),
        "Loaded": _object(model=model, before=integer, workers=integer, seconds=number),
        "Info": {
            "type": "object",
            "required": ["name", "version", "label_names", "manifest_sha256", "card", "versions"],
        },
        "Health": {"type": "object", "required": ["status", "model", "uptime_seconds", "texts_waiting", "workers"]},
        "Status": {"type": "object", "required": ["status"]},
        "Problem": _object(
            type=string,
            title=string,
            status=integer,
            detail=string,
            came=string,
            expected=string,
            action=string,
            request_id={"type": ["string", "null"]},
        ),
    }


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _body(schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"required": True, "content": {"application/json": {"schema": reference}}}


def _answer(description: str, schema: str, problem: bool = False) -> dict[str, Any]:
    kind = "application/problem+json" if problem else "application/json"
    return {"description": description, "content": {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def _problems(statuses: list[int]) -> dict[str, Any]:
    return {str(status): {"$ref": "#/components/responses/Problem"} for status in statuses}


def _responses(schema: str, problems: list[int]) -> dict[str, Any]:
    return {"200": _answer("As asked.", schema)} | _problems(problems)


def _reading(operation: str, summary: str, schema: str) -> dict[str, Any]:
    return {"operationId": operation, "summary": summary, "responses": {"200": _answer(f"{summary}.", schema)}}
