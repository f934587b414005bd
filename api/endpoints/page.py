"""GET /, the page where a person types a tweet, and /docs, where a developer tries the OpenAPI document."""

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

from api.access.guard import CONTENT_SECURITY_POLICY

blueprint = Blueprint("page", __name__)

FOLDER = Path(__file__).resolve().parents[1] / "static"
SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css")


@blueprint.get("/")
def index() -> Response:
    """The page."""
    return send_from_directory(FOLDER, "index.html")


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """A file of the pages."""
    return send_from_directory(FOLDER, name)


@blueprint.get("/docs")
def docs() -> Response:
    """Swagger UI on the OpenAPI document."""
    response = send_from_directory(FOLDER, "docs.html")
    # Its style sheet draws arrows and locks from pictures that it holds itself.
    policy = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")
    response.headers["Content-Security-Policy"] = policy
    return response


@blueprint.get("/docs/<name>")
def swagger_ui(name: str) -> Response:
    """A file of Swagger UI."""
    if name not in SWAGGER_UI:
        abort(404)
    return send_from_directory(str(files("flask_swagger_ui") / "dist"), name)
