"""The parts that the JSON schemas and the paths of all tasks share."""

from typing import Any

from api.settings import Settings

# The characters for which Python's str.isspace is true. Regular expressions disagree about the meaning of \\s.
BLANK = r"\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
STRING, NUMBER, INTEGER, BOOLEAN = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
MODEL = {"$ref": "#/components/schemas/Model"}
ANYONE: list[dict[str, list[str]]] = [{}, {"key": []}, {"token": []}]
ASKING = [400, 401, 403, 413, 415, 421, 422, 429, 500, 503]  # the problems of a call of the model
JUDGING = [400, 401, 403, 404, 409, 413, 415, 421, 422, 429, 500, 503, 507]  # the problems of feedback


def text(settings: Settings, example: str) -> dict[str, Any]:
    """The schema of a text: not blank, and without NUL."""
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": settings.max_characters,
        # For tools that generate requests.
        "pattern": rf"^[^\u0000]*[^\u0000{BLANK}][^\u0000]*$",
        "examples": [example],
    }


def texts(settings: Settings, example: str) -> dict[str, Any]:
    """The schema of a list of texts."""
    return list_of(text(settings, example)) | {"minItems": 1, "maxItems": settings.max_texts}


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    """The schema of a list."""
    return {"type": "array", "items": items}


def object_of(**properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object with exactly these members."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def answer(description: str, schema: str, kind: str = "application/json") -> dict[str, Any]:
    """An answer with a schema."""
    return {"description": description, "content": {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def problems(statuses: list[int]) -> dict[str, Any]:
    """The problem of each status."""
    return {str(status): {"$ref": "#/components/responses/Problem"} for status in statuses}


def responses(schema: str, statuses: list[int]) -> dict[str, Any]:
    """The answer of a call that succeeds, and its problems."""
    return {"200": answer("The request succeeded.", schema)} | problems(statuses)


def open_post(
    operation: str, summary: str, body: str, schema: str, statuses: list[int], form: str = ""
) -> dict[str, Any]:
    """A path whose POST takes a body, from anyone if the service is open.

    Args:
        operation, summary: name and purpose.
        body: the schema of the JSON that it takes.
        schema: the schema of the answer.
        statuses: the problems.
        form: the schema of the form that it takes in place of JSON; "" for none.
    """
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{body}"}}}
    if form:
        content["multipart/form-data"] = {"schema": {"$ref": f"#/components/schemas/{form}"}}
    return {
        "post": {
            "operationId": operation,
            "summary": summary,
            "security": ANYONE,
            "requestBody": {"required": True, "content": content},
            "responses": responses(schema, statuses),
        }
    }
