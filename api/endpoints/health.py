"""GET /health/live, /health/ready, /health and /models/info."""

import time
from typing import Any

from flask import Blueprint, current_app

from api.model.versions import numbers
from api.serving.service import of

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> dict[str, Any]:
    """The process answers."""
    return {"status": "alive"}


@blueprint.get("/health/ready")
def ready() -> dict[str, Any]:
    """A model is loaded and has answered its warm-up texts; before that no request reaches the process."""
    model = of(current_app).model
    return {"status": "ready", "model": {"name": model.name, "version": model.number}}


@blueprint.get("/health")
def health() -> dict[str, Any]:
    """What is served, since when, and how much waits."""
    service = of(current_app)
    return ready() | {
        "uptime_seconds": round(time.time() - service.started_at, 1),
        "texts_waiting": service.batcher.waiting,
        "workers": service.workers,
    }


@blueprint.get("/models/info")
def info() -> dict[str, Any]:
    """The model that answers, as its card describes it, and the versions that could be loaded."""
    service = of(current_app)
    model = service.model
    return {
        "name": model.name,
        "version": model.number,
        "label_names": list(model.label_names),
        "manifest_sha256": model.digest,
        "loaded_at": model.loaded_at,
        "card": model.card,
        "versions": numbers(service.settings.model),
    }
