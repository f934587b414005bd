"""The reference of the HTTP API, read from the OpenAPI document that the service publishes."""

from collections.abc import Iterator
from typing import Any

from docs.generator.markdown import code, sentence, table

HEADER = """# HTTP API

The service publishes its own OpenAPI 3.1 document at `/openapi.json`, and a page to try each call at `/docs`. This
page is generated from that document, with the default settings. [Serve a model](../guides/serve.md) shows the calls
with curl.

Every response that is not a success is a problem document (`application/problem+json`, RFC 9457).
"""
CLASSIFIER = (
    "The service answers these calls if its model is a classifier, here with the classes negative, neutral and "
)
CLASSIFIER += "positive."
EXAMPLES = """The service answers these calls if its model is a classifier that reads pictures, here with the inputs
`text` and `image`. It takes JSON or a form (`multipart/form-data`)."""
RETRIEVER = """The service answers these calls if its model is a retriever, here with documents that have the fields
`place`, `languages` and `years`. It then has no `/predict`, and `/models/info` states `documents`, `dimension` and
`fields` in place of `label_names`."""


def openapi_document(work: str) -> dict[str, Any]:
    """The document of a service with default settings and a model of this kind, without loading a model."""
    from types import SimpleNamespace

    from flask import Flask

    from api.endpoints import openapi
    from api.model.tasks import LONGEST_CHARACTERS
    from api.settings import Settings
    from textlab.search import FieldKind

    app = Flask("documentation")
    fields = {"place": FieldKind.WORD, "languages": FieldKind.WORDS, "years": FieldKind.NUMBER}
    index = SimpleNamespace(settings=SimpleNamespace(fields=fields))
    labels, inputs = ("negative", "neutral", "positive"), ("text", "image")
    model = SimpleNamespace(work=work, shared_values=labels, inputs=inputs, index=index)
    app.extensions["textlab_api"] = SimpleNamespace(limits=Settings(max_characters=LONGEST_CHARACTERS), model=model)
    app.register_blueprint(openapi.blueprint)
    document = app.test_client().get("/openapi.json").get_json()
    assert isinstance(document, dict)
    return document


def http_api_page() -> str:
    """The page: the endpoints of each kind of model, then the schemas of what they take and return."""
    from api.model.example_classifier import ExampleClassifier
    from textlab.bundle_format.signature import CLASSIFICATION, RETRIEVAL

    parts, schemas = [HEADER], {}
    for title, words, work in (
        ("Classification", CLASSIFIER, CLASSIFICATION),
        ("Classification with pictures", EXAMPLES, ExampleClassifier.work),
        ("Retrieval", RETRIEVER, RETRIEVAL),
    ):
        document = openapi_document(work)
        rows = [row for path, methods in document["paths"].items() for row in _rows(path, methods)]
        parts += [f"## {title}", words, table(["call", "purpose", "body", "statuses", "access"], rows)]
        schemas = document["components"]["schemas"] | schemas
    parts.append("## Schemas")
    for name, schema in schemas.items():
        parts += [f"### {name}", *_schema(schema)]
    return "\n\n".join(parts) + "\n"


def _rows(path: str, methods: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for method, call in methods.items():
        content = call.get("requestBody", {}).get("content", {})
        bodies = " or ".join(_reference(each["schema"]) for each in content.values())
        statuses = ", ".join(call["responses"])
        yield code(f"{method.upper()} {path}"), sentence(call["summary"]), bodies, statuses, _access(call)


def _access(call: dict[str, Any]) -> str:
    security = call.get("security")
    return "anyone" if not security else "key or token" if {} not in security else "open by default"


def _reference(schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    return f"[{name}](#{name.lower()})" if name else ""


def _schema(schema: dict[str, Any]) -> Iterator[str]:
    alternatives = schema.get("oneOf", [schema])
    for number, each in enumerate(alternatives):
        if number:
            yield "or"
        if "$ref" in each:
            yield _reference(each)
            continue
        properties = each.get("properties") or {name: {} for name in each.get("required", [])}
        yield table(["member", "type"], [(code(name), _type(value)) for name, value in properties.items()])


def _type(value: dict[str, Any]) -> str:
    """A member's type in words, with its limits."""
    if "$ref" in value:
        return _reference(value)
    if "enum" in value:
        return "one of " + ", ".join(code(choice) for choice in value["enum"])
    if "oneOf" in value:
        return " or ".join(_type(each) for each in value["oneOf"])
    if value.get("properties"):
        return f"object ({_members(value)})"
    if value.get("type") == "array":
        count = f"{value['minItems']} to {value['maxItems']} " if "maxItems" in value else ""
        items = value["items"]
        if "properties" in items:
            return "list of objects: " + _members(items)
        kind, _, limits = _type(items).partition(", ")
        return f"list of {count}{kind}s" + (f", each {limits}" if limits else "")
    if value.get("type") == "object" and "additionalProperties" not in value:
        return "object"
    if value.get("type") == "object":
        return f"mapping from names to {_type(value['additionalProperties'])}"
    kinds = value.get("type", "any value")
    kind = " or ".join(kinds) if isinstance(kinds, list) else kinds
    if "contentEncoding" in value:
        return f"{kind}, in {value['contentEncoding']}"
    if value.get("format") == "binary":
        return "file"
    if "maxLength" in value:
        return f"{kind}, {value.get('minLength', 0)} to {value['maxLength']} characters"
    return f"{kind}, {value['minimum']} to {value['maximum']}" if "maximum" in value else kind


def _members(schema: dict[str, Any]) -> str:
    return "; ".join(f"{code(name)} ({_type(value)})" for name, value in schema["properties"].items())
