"""GET /openapi.json: the API in OpenAPI 3.1, with the limits of this service and what its model answers."""

from typing import Any

from flask import Blueprint, current_app

from api.endpoints.schema_parts import ANYONE, answer, problems, responses
from api.endpoints.schemas import common_schemas
from api.endpoints.tasks import ENDPOINTS
from api.serving.service import service_of
from api.settings import VERSION_PATTERN, Settings

blueprint = Blueprint("openapi", __name__)

VERSION = "1.5.0"
FAILURE = "A failed request is answered with a problem (RFC 9457), whose detail says what came and what to do."
ADMIN: list[dict[str, list[str]]] = [{"key": []}, {"token": []}]
PROBLEM = "The request failed. The detail says what came and what to do."


@blueprint.get("/openapi.json")
def document() -> dict[str, Any]:
    """Answer with the OpenAPI document."""
    service = service_of(current_app)
    model, settings = service.model, service.limits
    task = ENDPOINTS[model.work]
    return {
        "openapi": "3.1.0",
        "info": {"title": "textlab predictions", "version": VERSION, "description": f"{task.purpose} {FAILURE}"},
        "paths": task.paths() | _paths(settings),
        "components": {
            "schemas": task.schemas(settings, model) | common_schemas(task.facts),
            "responses": {"Problem": answer(PROBLEM, "Problem", "application/problem+json")},
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _paths(settings: Settings) -> dict[str, Any]:
    version = {
        "name": "version",
        "in": "path",
        "required": True,
        "description": "A version number, champion or previous-champion. The catalog of promotions defines the two "
        "names; previous is the former name of previous-champion.",
        "schema": {"type": "string", "pattern": VERSION_PATTERN},
    }
    percent = {
        "name": "percent",
        "in": "query",
        "description": "Share of the callers, in percent. A caller (key, token or address) always gets one version. "
        "A higher share only adds callers.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
    }
    ending = [401, 403, 421, 429]
    deploying = [401, 403, 404, 409, 421, 422, 429, 503]
    return {
        "/models/load/{version}": {
            "post": {
                "operationId": "load",
                "summary": "Serve another version, in all workers at once",
                "security": ADMIN,
                "parameters": [version],
                "responses": responses("Loaded", [401, 403, 404, 409, 421, 422, 429, 503]),
            }
        },
        "/models/canary/{version}": {
            "post": _admin("start_canary", "Let a version answer a share of the callers", [version, percent], deploying)
        },
        "/models/canary": {"delete": _admin("end_canary", "Let the champion answer every caller again", [], ending)},
        "/models/shadow/{version}": {
            "post": _admin("start_shadow", "Compare a version on copies of answered texts", [version], deploying)
        },
        "/models/shadow": {"delete": _admin("end_shadow", "End the comparison with the shadow", [], ending)},
        "/models/info": {"get": _reading("info", "Describe the model that serves", "Info")},
        "/health": {"get": _reading("health", "Report model, uptime, queue and workers", "Health")},
        "/health/live": {"get": _reading("live", "Report that the process answers", "Live")},
        "/health/ready": {"get": _reading("ready", "Report that a model is loaded and warmed up", "Ready")},
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "Read the metrics for Prometheus",
                "security": ANYONE if settings.open_metrics else ADMIN,
                "responses": {
                    "200": {
                        "description": "Metrics in the text format of Prometheus.",
                        "content": {"text/plain": {"schema": {"type": "string"}}},
                    }
                }
                | problems([401, 403, 421, 429, 503]),
            }
        },
    }


def _admin(operation: str, summary: str, parameters: list[dict[str, Any]], statuses: list[int]) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "security": ADMIN,
        "parameters": parameters,
        "responses": responses("Deployed", statuses),
    }


def _reading(operation: str, summary: str, schema: str) -> dict[str, Any]:
    return {"operationId": operation, "summary": summary, "responses": responses(schema, [421])}
