"""POST /models/load/<version>, and POST and DELETE of a canary and a shadow: change the versions that serve."""

import re
import time
from typing import Any

from flask import Blueprint, current_app

from api.access.guard import needs
from api.context import current
from api.endpoints.deployed import beside_champion
from api.problems import Problem
from api.serving.deployment import Role
from api.serving.service import service_of
from api.settings import PERCENT_PATTERN
from api.waiting import in_thread

blueprint = Blueprint("admin", __name__)

PERCENT = re.compile(PERCENT_PATTERN)
DEFAULT_PERCENT = "10"


@blueprint.post("/models/load/<version>")
@needs("admin")
def load(version: str) -> dict[str, Any]:
    """Serve a version in all workers: a number, champion or previous-champion.

    `before` in the answer is the number that was served until now; loading that number goes back.
    """
    service = service_of(current_app)
    started = time.perf_counter()
    model, before = in_thread(service.switching.swap, version)
    return {
        "model": {"name": model.name, "version": model.number},
        "before": before,
        "workers": service.workers,
        "seconds": round(time.perf_counter() - started, 3),
    }


@blueprint.post("/models/canary/<version>")
@needs("admin")
def start_canary(version: str) -> dict[str, Any]:
    """Let a version answer a share of the callers, in all workers."""
    percent = current().request.args.get("percent", DEFAULT_PERCENT)
    if not PERCENT.fullmatch(percent):
        raise Problem(422, "The percent is not a whole number from 1 to 100.", "Send percent=10, for example.")
    in_thread(service_of(current_app).switching.deploy, "canary", version, int(percent))
    return _deployed()


@blueprint.delete("/models/canary")
@needs("admin")
def end_canary() -> dict[str, Any]:
    """Let the champion answer every caller again."""
    return _end("canary")


@blueprint.post("/models/shadow/<version>")
@needs("admin")
def start_shadow(version: str) -> dict[str, Any]:
    """Let a version classify copies of answered texts, in all workers."""
    in_thread(service_of(current_app).switching.deploy, "shadow", version)
    return _deployed()


@blueprint.delete("/models/shadow")
@needs("admin")
def end_shadow() -> dict[str, Any]:
    """End the comparison with the shadow."""
    return _end("shadow")


def _end(role: Role) -> dict[str, Any]:
    service_of(current_app).switching.end(role)
    return _deployed()


def _deployed() -> dict[str, Any]:
    """The deployed versions after a call."""
    service = service_of(current_app)
    model = service.current.get()
    return {
        "model": {"name": model.name, "version": model.number},
        **beside_champion(service.current.deployment),
        "workers": service.workers,
    }
