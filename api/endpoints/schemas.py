"""The JSON schemas that the API has for every task."""

from collections.abc import Mapping
from typing import Any

from api.endpoints.schema_parts import BOOLEAN, INTEGER, MODEL, NUMBER, STRING, list_of, object_of


def common_schemas(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas by name.

    Args:
        facts: the schemas of the facts that `Model.description` states, by name.
    """
    failed = BOOLEAN | {"description": "Whether the version failed and was switched off."}
    percent = INTEGER | {"minimum": 0, "maximum": 100}
    canary = object_of(version=INTEGER, percent=percent, failed=failed) | {"type": ["object", "null"]}
    shadow = object_of(version=INTEGER, failed=failed) | {"type": ["object", "null"]}
    return {
        "Model": object_of(name=STRING, version=INTEGER),
        "Loaded": object_of(model=MODEL, before=INTEGER, workers=INTEGER, seconds=NUMBER),
        "Deployed": object_of(model=MODEL, canary=canary, shadow=shadow, workers=INTEGER),
        "Info": object_of(
            name=STRING,
            version=INTEGER,
            task=STRING,
            **facts,
            manifest_sha256=STRING,
            loaded_at=NUMBER,
            card={"type": "object"},
            versions=list_of(INTEGER),
            canary=canary,
            shadow=shadow,
        ),
        "Health": object_of(
            status={"enum": ["ready", "degraded"]},
            reasons=list_of(STRING),
            model=MODEL,
            uptime_seconds=NUMBER,
            texts_waiting=INTEGER,
            workers=INTEGER,
            expected_workers=INTEGER,
        ),
        "Live": object_of(status=STRING),
        "Ready": object_of(status=STRING, model=MODEL),
        "Problem": object_of(
            type=STRING, title=STRING, status=INTEGER, detail=STRING, came=STRING, action=STRING, request_id=STRING
        ),
    }
