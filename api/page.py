"""GET /, the page where a person types a tweet, and its files."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

blueprint = Blueprint("page", __name__)

FOLDER = Path(__file__).resolve().parent / "static"


@blueprint.get("/")
def index() -> Response:
    """The page."""
    return send_from_directory(FOLDER, "index.html")


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """A file of the page."""
    return send_from_directory(FOLDER, name)
