"""GET /health/live, /health/ready, /health and /models/info: the state of the service."""

import time
from typing import Any

from flask import Blueprint, current_app

from api.endpoints.deployed import beside_champion
from api.serving.service import service_of

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> dict[str, Any]:
    """Report that the process answers."""
    return {"status": "alive"}


@blueprint.get("/health/ready")
def ready() -> dict[str, Any]:
    """Report that a model is loaded and warmed up. Before that, no request reaches the process."""
    model = service_of(current_app).model
    return {"status": "ready", "model": {"name": model.name, "version": model.number}}


@blueprint.get("/health")
def health() -> dict[str, Any]:
    """Report the model, the uptime, the waiting texts and the workers, and why the service is degraded, if it is.

    A degraded service answers requests, but something else fails that its operator should look at.
    """
    service = service_of(current_app)
    workers = service.workers
    reasons = service.reasons(workers)
    return ready() | {
        "status": "degraded" if reasons else "ready",
        "reasons": reasons,
        "uptime_seconds": round(time.monotonic() - service.started, 1),
        "texts_waiting": service.answering.waiting,
        "workers": workers,
        "expected_workers": service.expected_workers,
    }


@blueprint.get("/models/info")
def info() -> dict[str, Any]:
    """Describe the model that serves, with its card, the canary and the shadow, and list the available versions."""
    service = service_of(current_app)
    model = service.model
    return {
        "name": model.name,
        "version": model.number,
        "task": model.task,
        **model.description(),
        "manifest_sha256": model.digest,
        "loaded_at": model.loaded_at,
        "card": model.card,
        "versions": service.versions,
        **beside_champion(service.current.deployment),
    }
