"""The audit log of admin calls."""

import logging
import re

from flask import Flask, Request, Response

from api.access.addresses import address
from api.context import current
from api.settings import VERSION_PATTERN

audit = logging.getLogger("textlab_api.audit")

VERSION = re.compile(VERSION_PATTERN)


def register(app: Flask) -> None:
    """Log every admin call of `app`, whether it was allowed or not."""

    @app.after_request
    def log_admin_calls(response: Response) -> Response:
        context = current()
        if context.role == "admin":
            request = context.request
            fields = {
                "request_id": context.request_id,
                "caller": context.caller,
                "credentials": context.credentials,
                "address": address(request),
                "method": request.method,
                "route": request.url_rule.rule if request.url_rule else None,
                "arguments": {name: _shown(value) for name, value in _arguments(request).items()},
                "status": response.status_code,
            }
            audit.info("audit", extra={"fields": fields})
        return response


def _arguments(request: Request) -> dict[str, str]:
    """The arguments in the path of a call, and the share of a canary."""
    return (request.view_args or {}) | {name: request.args[name] for name in ("percent",) if name in request.args}


def _shown(argument: str) -> str:
    """The argument of a call, if it is a version or a number. Anything else may be text that a stranger chose."""
    return argument if VERSION.fullmatch(argument) else "(not a version)"
