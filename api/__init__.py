"""The prediction service: a promoted model over HTTP. Of textlab it imports only `textlab.bundle_format`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> "Flask":
    """Create the app from the environment variables TEXTLAB_API_*. `flask --app api run` calls this function."""
    from api.application import create
    from api.observing import errors, logs
    from api.settings import from_environment

    errors.log_uncaught()
    logs.configure_others()
    return create(from_environment())
