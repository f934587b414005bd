"""The prediction service: a promoted model over HTTP.

Of textlab it imports `bundle_format`, `inputs`, `sealing` and `search` only.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> "Flask":
    """Create the app from the environment variables TEXTLAB_API_*. `flask --app api run` calls this function."""
    from api.application import create, log_this_process
    from api.settings import from_environment

    log_this_process()
    return create(from_environment())
