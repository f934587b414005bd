"""POST /models/load/<version>."""

import time
from typing import Any

from flask import Blueprint, current_app

from api.access.guard import needs
from api.model.versions import VersionError
from api.problems import Problem
from api.serving.service import SwapError, of
from api.serving.workers import BusyError
from api.waiting import in_thread

blueprint = Blueprint("admin", __name__)


@blueprint.post("/models/load/<version>")
@needs("admin")
def load(version: str) -> dict[str, Any]:
    """Take a version into service: a number, champion or previous."""
    service = of(current_app)
    before, started = service.model.number, time.perf_counter()
    try:
        model = in_thread(service.load, version)
    except VersionError as error:
        raise Problem(404, *_three_parts(error)) from None
    except BusyError:
        raise Problem(
            409,
            "A swap while another one, or the start of a worker, takes its time.",
            "One at a time.",
            "Try again in a few seconds.",
            {"Retry-After": "5"},
        ) from None
    except SwapError as error:
        raise Problem(
            422,
            f"A model that cannot be served: {error}",
            "A bundle as it was promoted.",
            "The one before still answers.",
        ) from None
    return {
        "model": {"name": model.name, "version": model.number},
        "before": before,
        "workers": service.workers,
        "seconds": round(time.perf_counter() - started, 3),
    }


def _three_parts(error: VersionError) -> tuple[str, str, str]:
    came, expected, action = str(error).split(". ", 2)
    return f"{came}.", f"{expected}.", action
