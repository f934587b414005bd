"""The prediction service: a promoted model over HTTP. It reads a folder and imports nothing of textlab."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> "Flask":
    """The service that the environment variables TEXTLAB_API_* describe; `flask --app api run` finds it here."""
    from api.application import create
    from api.settings import from_environment

    return create(from_environment())
