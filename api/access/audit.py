"""The audit log of admin calls."""

import logging
import re

from flask import Flask, Response

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
                "arguments": {name: _shown(value) for name, value in (request.view_args or {}).items()},
                "status": response.status_code,
            }
            audit.info("audit", extra={"fields": fields})
        return response


def _shown(argument: str) -> str:
    """The argument of a call, if it names a version. Anything else may be text that a stranger chose."""
    return argument if VERSION.fullmatch(argument) else "(not a version)"
