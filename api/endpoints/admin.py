"""POST /models/load/<version>: serve another version."""

import time
from typing import Any

from flask import Blueprint, current_app

from api.access.guard import needs
from api.serving.service import service_of
from api.waiting import in_thread

blueprint = Blueprint("admin", __name__)


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
