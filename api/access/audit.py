"""The audit log of admin calls."""

import logging

from flask import Flask, Response

from api.access.addresses import address
from api.context import current

audit = logging.getLogger("textlab_api.audit")

SHOWN_CHARACTERS = 40


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
                "arguments": {name: str(value)[:SHOWN_CHARACTERS] for name, value in (request.view_args or {}).items()},
                "status": response.status_code,
            }
            audit.info("audit", extra={"fields": fields})
        return response
