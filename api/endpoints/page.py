"""GET / and /docs: a page to try the model on a tweet, and Swagger UI to try the API."""

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

from api.access.headers import CONTENT_SECURITY_POLICY

blueprint = Blueprint("page", __name__)

FOLDER = Path(__file__).resolve().parents[1] / "static"
SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css")


@blueprint.get("/")
def index() -> Response:
    """Send the page for people."""
    return send_from_directory(FOLDER, "index.html")


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Send a file that the pages use."""
    return send_from_directory(FOLDER, name)


@blueprint.get("/docs")
def docs() -> Response:
    """Send Swagger UI for the OpenAPI document."""
    response = send_from_directory(FOLDER, "docs.html")
    # Its style sheet contains its icons as data.
    policy = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")
    response.headers["Content-Security-Policy"] = policy
    return response


@blueprint.get("/docs/<name>")
def swagger_ui(name: str) -> Response:
    """Send a file of Swagger UI."""
    if name not in SWAGGER_UI:
        abort(404)
    return send_from_directory(str(files("flask_swagger_ui") / "dist"), name)
